/** Deltas applied to a snapshot, in order and without gaps: what a store does when it has gathered enough of them. */
import { equalPublic, toHex } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import {
  compareKeys,
  type Mark,
  readDelta,
  readSnapshot,
  type SavedRecord,
  type Snapshot,
  suiteOfSaved,
} from './records.ts'

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

/** Changes on top of the records of a snapshot. */
class Changes {
  readonly #cleared = new Set<string>()
  readonly #lengths = new Set<number>()
  /** By key; undefined where it was deleted. */
  readonly #records = new Map<string, SavedRecord | undefined>()

  clear(prefix: Uint8Array): void {
    this.#cleared.add(toHex(prefix))
    this.#lengths.add(prefix.length)
    const name = toHex(prefix)
    for (const known of this.#records.keys()) if (known.startsWith(name)) this.#records.delete(known)
  }

  set(key: Uint8Array, record: SavedRecord | undefined): void {
    this.#records.set(toHex(key), record)
  }

  #survives({ key }: SavedRecord): boolean {
    for (const length of this.#lengths) if (this.#cleared.has(toHex(key.subarray(0, length)))) return false
    return !this.#records.has(toHex(key))
  }

  over(base: readonly SavedRecord[]): SavedRecord[] {
    if (this.#cleared.size === 0 && this.#records.size === 0) return [...base]
    const kept = base.filter(record => this.#survives(record))
    for (const record of this.#records.values()) if (record !== undefined) kept.push(record)
    return kept.sort((a, b) => compareKeys(a.key, b.key))
  }
}

/** The state that a snapshot and the deltas after it come to. Records are views of the inputs. */
export function mergeSaved(
  { id, hash }: Pick<CipherSuite, 'id' | 'hash'>,
  { snapshot, deltas = [] }: SavedParts,
): Snapshot {
  if (snapshot !== undefined) checkSuite(id, snapshot)
  const base = snapshot === undefined ? undefined : readSnapshot(hash, snapshot)
  const changes = new Changes()
  let mark = base?.mark
  for (const bytes of deltas) {
    checkSuite(id, bytes)
    const read = readDelta(hash, bytes)
    const { follows, clears, deletes, puts } = read.delta
    checkFollows(mark, follows)
    for (const prefix of clears) changes.clear(prefix)
    for (const key of deletes) changes.set(key, undefined)
    for (const record of puts) changes.set(record.key, record)
    mark = read.mark
  }
  if (mark === undefined) throw new RejectedError('invalid-saved-state', { why: 'nothing was given' })
  return { suite: id, mark, records: changes.over(base?.records ?? []) }
}
