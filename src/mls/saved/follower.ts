/** What a follower knows of a group, as it is stored: nothing of it is secret. */
import { copyOf, equalPublic } from '../../base/bytes.ts'
import { RejectedError } from '../../base/errors.ts'
import { opaque, vector } from '../../codec/primitives.ts'
import { struct } from '../../codec/struct.ts'
import { Writer } from '../../codec/writer.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { epochContext, readContextExtensions } from '../epoch-context.ts'
import type { Settings } from '../group-config.ts'
import { GroupContext } from '../group-context.ts'
import { readTree } from '../load-tree.ts'
import { ReInit } from '../proposal.ts'
import { ProposalCache } from '../proposal-cache.ts'
import type { PublicState } from '../proposal-checks.ts'
import { openForReading, openSaved, SavedKind, sealSaved } from './records.ts'
import { refuseSaved } from './refuse.ts'
import { SavedProposal } from './structs.ts'
import { ownLimit } from './tree.ts'

export const SavedFollower = struct('SavedFollower', {
  context: GroupContext,
  interimTranscriptHash: opaque,
  proposals: vector(SavedProposal),
  ratchetTree: opaque,
})

/** What there is of a follower. */
export interface FollowerState {
  readonly state: PublicState
  readonly cache: ProposalCache
  /** What has ended the group. */
  readonly reinit: ReInit | undefined
}

/** Equal bytes for equal states. */
export function saveFollower({
  state: { suite, tree, epoch, interimTranscriptHash },
  cache,
  reinit,
}: FollowerState): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  openSaved(writer, SavedKind.follower, suite.id)
  const proposals = [...cache.orders()].map(order => {
    const { cached, setAside } = cache.at(order)!
    return { ref: cached.ref, proposal: cached.proposal, sender: cached.sender, setAside: setAside ? 1 : 0 }
  })
  SavedFollower.write(writer, { context: epoch.context, interimTranscriptHash, proposals, ratchetTree: tree.encode() })
  if (reinit !== undefined) ReInit.write(writer, reinit)
  return sealSaved(writer, suite.hash)
}

/** What `saveFollower` has written. The tree is checked against the epoch's tree hash; signatures were when it was followed. */
export function loadFollower(suite: CipherSuite, settings: Settings, bytes: Uint8Array): FollowerState {
  const reader = openForReading(copyOf(bytes), SavedKind.follower, suite.hash)
  const { context, interimTranscriptHash, proposals, ratchetTree } = SavedFollower.read(reader)
  const reinit = reader.at < reader.limit ? ReInit.read(reader) : undefined
  reader.end()
  if (context.cipherSuite !== suite.id) throw refuseSaved('it is of another suite')
  const tree = readTree(suite, ratchetTree, ownLimit(settings.maxLeaves))
  if (!equalPublic(tree.stage().treeHash(), context.treeHash)) throw new RejectedError('wrong-tree-hash')
  const stored = proposals.map(({ ref, proposal, sender, setAside }, order) => {
    return { cached: { ref: copyOf(ref), proposal, sender, checked: true }, order, setAside: setAside !== 0 }
  })
  const epoch = epochContext(readContextExtensions(suite.id, context.extensions), context)
  return {
    state: { suite, settings, tree, epoch, interimTranscriptHash: copyOf(interimTranscriptHash) },
    cache: new ProposalCache(settings.maxProposals, stored),
    reinit,
  }
}
