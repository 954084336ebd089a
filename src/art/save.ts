/** ART section 3: a member's state as bytes, secrets included. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { opaque, opaqueOf, optional, uint8, uint32, uint64, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { leafCount, leafIndex, type NodeIndex, nodeIndex } from '../tree/math.ts'
import { Advance } from './advance.ts'
import { type Bytes, KEY } from './labels.ts'
import { MemberList } from './members.ts'
import { MessageKeys, SavedMessageKeys } from './message-keys.ts'
import { PublicTree } from './public-tree.ts'
import type { GroupState, Party, Pending } from './state.ts'
import { Identity, identities, KxMode, MergeNodes, Update, uint32s } from './wire.ts'

const FORMAT = 1

const AuthenticationMode = enumeration('AuthenticationMode', { signed: 1, 'mac-only': 2 })
const ConcurrencyMode = enumeration('ConcurrencyMode', { ordered: 1, merging: 2 })
const ChangeKind = enumeration('ChangeKind', { update: 1, add: 2, remove: 3 })

/** A public key or a secret of a node. */
const NodeValue = struct('NodeValue', { node: uint32, value: opaqueOf(KEY) })
const TaintValue = struct('TaintValue', { leaf: uint32, by: uint32 })
const SavedChange = struct('SavedChange', { leaf: uint32, identity: Identity })
const SavedPending = struct('SavedPending', {
  kind: ChangeKind,
  packet: opaque,
  change: optional(SavedChange),
  keys: vector(NodeValue),
  secrets: vector(NodeValue),
  taint: vector(TaintValue),
  messages: SavedMessageKeys,
  confirmation: opaqueOf(KEY),
})
const SavedBatch = struct('SavedBatch', { updates: vector(Update), announced: vector(MergeNodes) })
const SavedGroup = struct('SavedGroup', {
  format: uint8,
  kx: KxMode,
  authentication: AuthenticationMode,
  concurrency: ConcurrencyMode,
  updateOnJoin: uint8,
  groupId: opaque,
  own: uint32,
  stage: uint64,
  members: identities,
  tree: opaque,
  taint: uint32s,
  secrets: vector(NodeValue),
  messages: SavedMessageKeys,
  previous: optional(SavedMessageKeys),
  pending: optional(SavedPending),
  batch: optional(SavedBatch),
})

const listOf = (values: ReadonlyMap<NodeIndex, Uint8Array>): ValueOf<typeof NodeValue>[] =>
  [...values].sort(([a], [b]) => a - b).map(([node, value]) => ({ node, value }))

function savedPending({ kind, packet, advance }: Pending): ValueOf<typeof SavedPending> {
  return {
    kind,
    packet,
    change: advance.change,
    keys: listOf(advance.keys),
    secrets: listOf(advance.secrets),
    taint: [...advance.taint].sort(([a], [b]) => a - b).map(([leaf, by]) => ({ leaf, by })),
    messages: advance.messages.save(),
    confirmation: advance.confirmation,
  }
}

/** Everything but the member's own keys and prekeys. The same state always gives the same bytes. */
export function saveState(state: GroupState): Bytes {
  const { policy, pending, previous } = state
  return encode(SavedGroup, {
    ...policy,
    format: FORMAT,
    updateOnJoin: policy.updateOnJoin ? 1 : 0,
    groupId: state.groupId,
    own: state.own,
    stage: state.stage,
    members: state.members.bytes,
    tree: state.tree.toBytes(),
    taint: state.taint.subarray(0, state.tree.leaves),
    secrets: listOf(state.secrets),
    messages: state.messages.save(),
    previous: previous?.save(),
    pending: pending === undefined ? undefined : savedPending(pending),
    batch: state.batch,
  })
}

function loadPending(state: GroupState, saved: ValueOf<typeof SavedPending>): Pending {
  const advance = new Advance(state)
  const { change } = saved
  if (change !== undefined) {
    // one leaf beyond the last is a new one
    if (change.leaf !== state.tree.leaves) leafIndex(change.leaf, state.tree.leaves)
    advance.setMember(change)
  }
  const n = advance.tree.leaves
  for (const { node, value } of saved.keys) advance.tree.setKey(nodeIndex(node, n), value)
  for (const { node, value } of saved.secrets) advance.setSecret(nodeIndex(node, n), value)
  for (const { leaf, by } of saved.taint) advance.taint.set(leaf, by)
  const messages = MessageKeys.load(state.suite, saved.messages)
  advance.restore({ messages, confirmation: copyOf(saved.confirmation) })
  return { kind: saved.kind, packet: copyOf(saved.packet), advance }
}

/** The state that was saved. The hashes of the tree are computed anew. */
export function loadState(party: Party, bytes: Uint8Array): GroupState {
  const saved = decode(SavedGroup, copyOf(bytes))
  if (saved.format !== FORMAT) throw new RejectedError('unknown-value', { field: 'SavedGroup.format' })
  const members = MemberList.parse(saved.members)
  const tree = PublicTree.from(party.suite, saved.tree)
  if (tree.leaves !== members.count || saved.taint.length !== members.count) {
    throw new RejectedError('inconsistent-lengths', { members: members.count, leaves: tree.leaves })
  }
  if (members.indexOf(party.member.identity) !== saved.own) {
    throw new UsageError('not-a-member', { index: saved.own })
  }
  const { kx, authentication, concurrency } = saved
  const state: GroupState = {
    ...party,
    policy: { kx, authentication, concurrency, updateOnJoin: saved.updateOnJoin === 1 },
    groupId: copyOf(saved.groupId),
    own: leafIndex(saved.own, leafCount(members.count)),
    tree,
    stage: saved.stage,
    members,
    taint: saved.taint.slice(),
    secrets: new Map(saved.secrets.map(({ node, value }) => [nodeIndex(node, tree.leaves), copyOf(value)] as const)),
    messages: MessageKeys.load(party.suite, saved.messages),
    previous: saved.previous === undefined ? undefined : MessageKeys.load(party.suite, saved.previous),
    pending: undefined,
    batch: saved.batch,
  }
  if (saved.pending !== undefined) state.pending = loadPending(state, saved.pending)
  return state
}
