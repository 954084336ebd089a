/** A group saved and loaded: whole, or as what has changed. */

import { objectOf } from '../../base/arguments.ts'
import { copyOf } from '../../base/bytes.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { TreeStore } from '../../tree/store.ts'
import { type GroupConfig, settingsOf } from '../group-config.ts'
import type { GroupCore } from '../group-core.ts'
import { eachRecord } from './cursor.ts'
import { firstMark, Journal } from './journal.ts'
import { mergeSaved, type SavedParts } from './merge.ts'
import { readCore } from './read.ts'
import { writeSnapshot } from './records.ts'
import { signersIn } from './requests.ts'
import { allRecords, wipingEach } from './write.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What a group is loaded from: the newest snapshot and all deltas since, in order. */
export interface LoadRequest extends SavedParts {
  readonly suite: CipherSuite
  /** The member's signer; or all that it has or is about to have, where it is changing its signature key. */
  readonly signer: Signer | readonly Signer[]
  /** What the application decides is not saved: pass it again. */
  readonly config?: GroupConfig
}

/** Of a record of a leaf or of a parent without unmerged leaves, about as much as stands around the keys and hashes in it. */
const AROUND = 16

/** About as many bytes as the records of a tree take. */
function roomFor({ format: { keyLength, hashLength }, memberCount, footprint }: TreeStore): number {
  return footprint.leafBytes + memberCount * (keyLength + hashLength + 2 * AROUND)
}

/** The whole state. Changes nothing, and gives equal bytes for equal states. */
export function saveCore(core: GroupCore): Bytes {
  const mark = core.journal?.mark ?? firstMark(core)
  const records = wipingEach(allRecords(core))
  return writeSnapshot(core.suite.hash, { suite: core.suite.id, mark, records, room: roomFor(core.tree.store) })
}

/** What has changed since the last delta, or since the group was loaded; all of it where there was neither. */
export function deltaOfCore(core: GroupCore): Bytes {
  core.journal ??= new Journal(firstMark(core))
  return core.journal.delta(core)
}

/** A state from what `saveCore` and `deltaOfCore` have returned. */
export function loadCore(request: LoadRequest): GroupCore {
  const { suite, signer, config = {}, snapshot, deltas } = objectOf(request)
  const parts = { ...(snapshot === undefined ? {} : { snapshot }), ...(deltas === undefined ? {} : { deltas }) }
  const { mark, records } = mergeSaved(suite, parts)
  const signers = 'sign' in signer ? [signer] : signer
  const core = readCore({ suite, settings: settingsOf(config), findSigner: signersIn(signers) }, records)
  // a view of what was read, which its owner may wipe
  core.journal = Journal.after({ ...mark, chain: copyOf(mark.chain) }, core)
  return core
}

/** The snapshot that a snapshot and deltas come to, without loading the group: for stores that have gathered enough deltas. */
export function compactSaved(suite: CipherSuite, parts: SavedParts): Bytes {
  const { mark, records } = mergeSaved(suite, parts)
  const room = parts.snapshot?.length ?? 0
  return writeSnapshot(suite.hash, { suite: suite.id, mark, records: eachRecord(records), room })
}
