/**
 * ART section 6, mode B: updates of one stage become one. A node with one update below it gets the key which that update
 * published. A node with several is merged: its key depends on all of them and nobody has published it, so those below it
 * compute it, and unless it is the root one of them announces it to the others.
 */
import { equalConstantTime, equalPublic } from '../base/bytes.ts'
import { BugError, RejectedError, UsageError } from '../base/errors.ts'
import { wipe } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { isInSubtree, leafIndex, type NodeIndex, nodeOfLeaf, parent, root, sibling } from '../tree/math.ts'
import { Advance } from './advance.ts'
import { pathNodes } from './climb.ts'
import { authenticate, checkAuthentication } from './key-schedule.ts'
import { KEY } from './labels.ts'
import { type Batch, type GroupState, UNTAINTED } from './state.ts'
import { parentSecret } from './suite.ts'
import { checkHeader, signerOf, stageUpdate } from './update.ts'
import { MergeNodes, MergeNodesTBM, type Update } from './wire.ts'

/** How far a merge has come. */
export interface Merge {
  readonly advance: Advance
  /** Whether the advance is finished: every merged key is known. */
  readonly complete: boolean
  /** Merged nodes whose keys are not known yet. */
  readonly missing: readonly NodeIndex[]
  /** Merged nodes that this member computed and nobody announced. */
  readonly unannounced: readonly NodeIndex[]
}

/** What the updates say about each node above them. */
class Union {
  /** Keys of nodes with one update below. */
  readonly published = new Map<NodeIndex, Uint8Array>()
  /** Nodes with several updates below, but for the root. */
  readonly merged = new Set<NodeIndex>()

  constructor(state: GroupState, updates: readonly Update[]) {
    for (const { tbm } of updates) {
      pathNodes(leafIndex(tbm.leafIndex, state.tree.leaves), state.tree.leaves).forEach((x, i) => {
        if (this.merged.has(x)) return
        if (this.published.delete(x)) this.merged.add(x)
        else this.published.set(x, tbm.path.subarray(KEY * i, KEY * (i + 1)))
      })
    }
  }

  touches(x: NodeIndex, top: NodeIndex): boolean {
    return x === top || this.merged.has(x) || this.published.has(x)
  }
}

/** The keys of merged nodes that others announced; those of one node must be equal. */
function announcedKeys(batch: Batch): Map<NodeIndex, Uint8Array> {
  const keys = new Map<NodeIndex, Uint8Array>()
  for (const { tbm } of batch.announced) {
    tbm.nodes.forEach((value, i) => {
      const node = value as NodeIndex
      const key = tbm.keys.subarray(KEY * i, KEY * (i + 1))
      const known = keys.get(node)
      if (known !== undefined && !equalPublic(known, key)) throw new RejectedError('path-mismatch', { node })
      keys.set(node, key)
    })
  }
  return keys
}

/** Climbs from the own leaf as far as the known keys reach; puts every key computed on the way into the tree. */
function climbMerged(
  state: GroupState,
  advance: Advance,
  union: Union,
  known: Map<NodeIndex, Uint8Array>,
): NodeIndex[] {
  const { suite } = state
  const { tree } = advance
  const top = root(tree.leaves)
  const computed: NodeIndex[] = []
  for (let x = nodeOfLeaf(state.own); x !== top; ) {
    const above = parent(x, tree.leaves)!
    const other = sibling(x, tree.leaves)!
    if (union.merged.has(other) && !known.has(other)) break
    if (union.touches(above, top)) {
      const secret = parentSecret(suite, advance.secret(x), tree.key(other))
      advance.setSecret(above, secret)
      if (union.merged.has(above)) {
        const key = suite.dh.publicKey(secret)
        const claimed = known.get(above)
        if (claimed === undefined) computed.push(above)
        else if (!equalConstantTime(claimed, key)) throw new RejectedError('path-mismatch', { node: above })
        tree.setKey(above, key)
      }
      wipe(secret)
    }
    x = above
  }
  return computed
}

/** The confirmations of those who knew the merged stage key when they announced nodes. */
function checkConfirmations(advance: Advance, batch: Batch): void {
  for (const { tbm } of batch.announced) {
    if (tbm.confirmation.length > 0) advance.checkConfirmation(tbm.confirmation, tbm.sender)
  }
}

/** Computes what can be computed of a merge. The caller owns the advance. */
export function computeMerge(state: GroupState, batch: Batch): Merge {
  const union = new Union(state, batch.updates)
  const known = announcedKeys(batch)
  const advance = new Advance(state)
  try {
    const { tree } = advance
    for (const [x, key] of union.published) tree.setKey(x, key)
    for (const [x, key] of known) tree.setKey(x, key)
    const own = nodeOfLeaf(state.own)
    if (union.published.has(own)) {
      const secret = state.pending?.advance.secrets.get(own)
      if (secret === undefined) throw new BugError('broken-invariant', { expected: 'a pending update' })
      advance.setSecret(own, secret)
    }
    const unannounced = climbMerged(state, advance, union, known)
    const missing = [...union.merged].filter(x => !known.has(x) && !unannounced.includes(x))
    for (const { tbm } of batch.updates) advance.taint.set(tbm.leafIndex, UNTAINTED)
    const complete = missing.length === 0 && advance.secrets.has(root(tree.leaves))
    if (complete) {
      advance.finish()
      checkConfirmations(advance, batch)
    }
    return { advance, complete, missing, unannounced }
  } catch (error) {
    advance.discard()
    throw error
  }
}

/** Updates of this stage, each checked as if it were the only one. One of them may be this member's pending one. */
export function checkBatch(state: GroupState, updates: readonly Update[], isOwn: (update: Update) => boolean): Batch {
  if (state.policy.concurrency !== 'merging' || updates.length === 0) {
    throw new UsageError('wrong-argument', { expected: 'updates, in a group that merges' })
  }
  const sorted = [...updates].sort((a, b) => a.tbm.leafIndex - b.tbm.leafIndex)
  sorted.forEach((update, i) => {
    const { leafIndex: sender } = update.tbm
    if (sender === sorted[i + 1]?.tbm.leafIndex) throw new RejectedError('repeated-sender', { sender })
    if (!isOwn(update)) stageUpdate(state, update).discard()
  })
  return { updates: sorted, announced: [] }
}

/** Announces the merged nodes that this member computed. */
export function composeMergeNodes(state: GroupState, batch: Batch, merge: Merge): MergeNodes {
  const { groupId, stage, own } = state
  const nodes = [...merge.unannounced]
  const keys = new Uint8Array(KEY * nodes.length)
  nodes.forEach((x, i) => {
    keys.set(merge.advance.tree.key(x), KEY * i)
  })
  const tbm: MergeNodesTBM = {
    groupId,
    stage,
    sender: own,
    leaves: Uint32Array.from(batch.updates, ({ tbm: { leafIndex: leaf } }) => leaf),
    nodes: Uint32Array.from(nodes),
    keys,
    confirmation: merge.complete ? merge.advance.confirmation : new Uint8Array(0),
  }
  const proof = authenticate(state.suite, state.messages.stageKey, 'merge', encode(MergeNodesTBM, tbm), signerOf(state))
  return { tbm, ...proof }
}

/** The batch with another member's announcement, which must be about this batch and about nodes above its sender. */
export function withMergeNodes(state: GroupState, batch: Batch, message: MergeNodes): Batch {
  const { tbm, mac, signature } = message
  const { sender, leaves, nodes, keys } = tbm
  checkHeader(state, tbm)
  checkAuthentication(
    state.suite,
    state.messages.stageKey,
    { kind: 'merge', tbm: encode(MergeNodesTBM, tbm), mac, signature, sender },
    state.policy.authentication === 'signed' ? state.members.sigKey(sender) : undefined,
  )
  const same = leaves.length === batch.updates.length && batch.updates.every((u, i) => u.tbm.leafIndex === leaves[i])
  if (!same) throw new RejectedError('merge-mismatch', { sender })
  if (keys.length !== KEY * nodes.length || ![0, KEY].includes(tbm.confirmation.length)) {
    throw new RejectedError('inconsistent-lengths', { nodes: nodes.length, keys: keys.length })
  }
  const { merged } = new Union(state, batch.updates)
  const from = nodeOfLeaf(leafIndex(sender, state.tree.leaves))
  nodes.forEach((value, i) => {
    const node = value as NodeIndex
    if (!merged.has(node) || !isInSubtree(from, node)) throw new RejectedError('merge-mismatch', { sender, node })
    checkX25519Key(keys.subarray(KEY * i, KEY * (i + 1)), { node })
  })
  // the batch outlives the packet, of which decoded values are views
  const copy = decode(MergeNodes, encode(MergeNodes, message))
  return { updates: batch.updates, announced: [...batch.announced, copy] }
}
