/** The records of a saved state in presentation language. */
import type { ValueOf } from '../../codec/codec.ts'
import { enumeration } from '../../codec/enumerations.ts'
import { named, opaque, optional, uint8, uint16, uint32, uint64, vector } from '../../codec/primitives.ts'
import { select } from '../../codec/select.ts'
import { struct } from '../../codec/struct.ts'
import { Credential } from '../credential.ts'
import { Extension } from '../extension.ts'
import { AuthenticatedContent, Sender } from '../framing.ts'
import { GroupContext } from '../group-context.ts'
import { Capabilities } from '../leaf-node.ts'
import { Proposal, ReInit } from '../proposal.ts'

const Bytes = named('Bytes', opaque)
const Extensions = named('Extensions', vector(Extension))

export const SavedStatus = enumeration('SavedStatus', { active: 1, removed: 2, reinitialized: 3 })

/** What there is once. */
export const SavedState = struct('SavedState', {
  leaf: uint32,
  status: SavedStatus,
  epoch: uint64,
  leafCount: uint32,
  reinit: optional(ReInit),
})

/** Secrets that have been used up are absent. */
export const SavedSecrets = vector(optional(Bytes))

export const SavedEpoch = struct('SavedEpoch', {
  context: GroupContext,
  interimTranscriptHash: opaque,
  confirmationTag: opaque,
  leaves: uint32,
  secrets: SavedSecrets,
})

/** Signature keys that the epoch after has changed; absent where there was no member. */
export const SavedReplaced = vector(struct('ReplacedKey', { leaf: uint32, signatureKey: optional(Bytes) }))

const SavedMessageKey = struct('SavedMessageKey', { generation: uint32, key: opaque, nonce: opaque })
/** `generation` is the next one: one more than fits into 32 bits when the ratchet has come to its end. */
const SavedRatchet = struct('SavedRatchet', { secret: opaque, generation: uint64, kept: vector(SavedMessageKey) })
export const SavedRatchets = struct('SavedRatchets', { handshake: SavedRatchet, application: SavedRatchet })
export type SavedRatchets = ValueOf<typeof SavedRatchets>

const NodeKind = enumeration('SavedNodeKind', { leaf: 1, parent: 2 })
export const SavedNode = struct('SavedNode', {
  kind: select(NodeKind, {
    leaf: { leafNode: opaque },
    parent: { encryptionKey: opaque, parentHash: opaque, unmergedLeaves: vector(uint32) },
  }),
})
export type SavedNode = ValueOf<typeof SavedNode>

export const SavedKeyPair = struct('SavedKeyPair', { privateKey: opaque, publicKey: opaque })

export const SavedProposal = struct('SavedProposal', {
  ref: opaque,
  proposal: Proposal,
  sender: Sender,
  setAside: uint8,
})

const RequestType = enumeration('SavedRequestType', {
  add: 1,
  remove: 2,
  update: 3,
  external_psk: 4,
  resumption_psk: 5,
  reinit: 6,
  extensions: 7,
  self_remove: 8,
  custom: 9,
})
const SavedLeafChanges = struct('SavedLeafChanges', {
  signatureKey: optional(Bytes),
  credential: optional(Credential),
  capabilities: optional(Capabilities),
  extensions: optional(Extensions),
})
/** Signers are named by their public keys; their owner keeps the private ones. */
export const SavedRequest = struct('SavedRequest', {
  type: select(RequestType, {
    add: { keyPackage: opaque },
    remove: { leaf: uint32 },
    update: { changes: optional(SavedLeafChanges), signer: optional(Bytes) },
    external_psk: { pskId: opaque },
    resumption_psk: { groupId: optional(Bytes), epoch: optional(uint64) },
    reinit: { groupId: opaque, cipherSuite: uint16, extensions: optional(Extensions) },
    extensions: { extensions: vector(Extension) },
    self_remove: {},
    custom: { proposalType: uint16, data: opaque },
  }),
})
export type SavedRequest = ValueOf<typeof SavedRequest>

const SavedUpdate = struct('SavedUpdate', { pair: SavedKeyPair, signer: optional(Bytes) })
export const SavedOwnProposal = struct('SavedOwnProposal', { request: SavedRequest, update: optional(SavedUpdate) })

const TreePlace = enumeration('SavedTreePlace', { inside: 1, apart: 2, omitted: 3 })
/** What the Welcome of a commit that waits is made of, besides that. */
export const SavedInvitation = struct('SavedInvitation', {
  joinerSecret: opaque,
  welcomeSecret: opaque,
  pathSecrets: optional(Bytes),
  ratchetTree: TreePlace,
  extensions: Extensions,
  signature: opaque,
})

const SavedNewKey = struct('SavedNewKey', { node: uint32, pair: SavedKeyPair })
/** A commit that waits. All that it does in public follows from its content. */
export const SavedPending = struct('SavedPending', {
  content: AuthenticatedContent,
  message: opaque,
  requests: vector(SavedRequest),
  newKeys: vector(SavedNewKey),
  secrets: SavedSecrets,
  signer: optional(Bytes),
})
