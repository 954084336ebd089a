/** RFC 9420 section 7.2: what a leaf of the ratchet tree says about a member. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { keptStruct } from '../codec/kept.ts'
import { opaque, uint32, uint64, vector } from '../codec/primitives.ts'
import { dependent, select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { Credential } from './credential.ts'
import { HPKEPublicKey, SignaturePublicKey } from './crypto-objects.ts'
import { Extension } from './extension.ts'
import { CipherSuite, CredentialType, ExtensionType, ProposalType, ProtocolVersion } from './registries.ts'

export const LeafNodeSource = enumeration('LeafNodeSource', { key_package: 1, update: 2, commit: 3 })
export type LeafNodeSource = ValueOf<typeof LeafNodeSource>

/** What a client supports. copath-mls-7.2-02: unknown values are carried and ignored (section 13.5). */
export const Capabilities = struct('Capabilities', {
  versions: vector(ProtocolVersion),
  cipherSuites: vector(CipherSuite),
  extensions: vector(ExtensionType),
  proposals: vector(ProposalType),
  credentials: vector(CredentialType),
})
export type Capabilities = ValueOf<typeof Capabilities>

/** Seconds since 1970-01-01T00:00:00Z. */
export const Lifetime = struct('Lifetime', { notBefore: uint64, notAfter: uint64 })
export type Lifetime = ValueOf<typeof Lifetime>

const content = {
  encryptionKey: HPKEPublicKey,
  signatureKey: SignaturePublicKey,
  credential: Credential,
  capabilities: Capabilities,
  leafNodeSource: select(LeafNodeSource, {
    key_package: { lifetime: Lifetime },
    update: {},
    commit: { parentHash: opaque },
  }),
  extensions: vector(Extension),
} as const

/** Section 7.2: a member as the tree holds it. */
export const LeafNode = keptStruct('LeafNode', { ...content, signature: opaque })
/** A leaf node, decoded; nothing in it has been checked. */
export type LeafNode = ValueOf<typeof LeafNode>

/** What the signature of a leaf covers: its content, and its place in a group once it has one. */
export const LeafNodeTBS = struct('LeafNodeTBS', {
  ...content,
  place: dependent(LeafNodeSource, 'LeafNodeTBS.leaf_node_source', {
    key_package: {},
    update: { groupId: opaque, leafIndex: uint32 },
    commit: { groupId: opaque, leafIndex: uint32 },
  }),
})
export type LeafNodeTBS = ValueOf<typeof LeafNodeTBS>
