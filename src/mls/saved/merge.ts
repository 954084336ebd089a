/** Deltas applied to a snapshot, in order and without gaps: what a store does when it has gathered enough of them. */
import { checked, objectOf } from '../../base/arguments.ts'
import { equalPublic } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { Changes } from './changes.ts'
import { type Mark, readDelta, readSnapshot, type Snapshot, suiteOfSaved } from './records.ts'
import { refuseSaved } from './refuse.ts'

/** A state to be put together: a snapshot, deltas, or both. */
export interface SavedParts {
  /** Left out where the first delta holds everything. */
  readonly snapshot?: Uint8Array
  readonly deltas?: Iterable<Uint8Array>
}

/** Before anything else: digests are of the suite's hash. */
function checkSuite(id: number, bytes: Uint8Array): void {
  const saved = suiteOfSaved(bytes)
  if (saved !== id) throw new UsageError('wrong-suite', { expected: saved, got: id })
}

/** A delta follows what it was made after, and nothing else. */
function checkFollows(mark: Mark | undefined, follows: Mark): void {
  const first = mark === undefined && follows.sequence === 0n
  const fits = mark !== undefined && follows.sequence === mark.sequence && equalPublic(follows.chain, mark.chain)
  if (!first && !fits) {
    throw new RejectedError('delta-out-of-order', {
      expected: String(mark?.sequence ?? 0n),
      got: String(follows.sequence),
    })
  }
}

/** The state that a snapshot and the deltas after it come to. Records lie in the inputs, and the snapshot's are read as the cursor comes to them. */
export function mergeSaved({ id, hash }: Pick<CipherSuite, 'id' | 'hash'>, parts: SavedParts): Snapshot {
  const { snapshot, deltas = [] } = objectOf(parts)
  checked(deltas, typeof deltas?.[Symbol.iterator] === 'function', 'deltas one after the other')
  if (snapshot !== undefined) checkSuite(id, snapshot)
  const base = snapshot === undefined ? undefined : readSnapshot(hash, snapshot)
  const changes = new Changes()
  let mark = base?.mark
  for (const bytes of deltas) {
    checkSuite(id, bytes)
    const read = readDelta(hash, bytes)
    checkFollows(mark, read.delta.follows)
    changes.add(read.delta)
    mark = read.mark
  }
  if (mark === undefined) throw refuseSaved('nothing was given')
  return { suite: id, mark, records: changes.over(base?.records) }
}
