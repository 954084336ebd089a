/** RFC 9420 section 12.1, the sender: proposals made from what a member wants. */
import { copyOf } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { decode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafChanges } from './create-path.ts'
import { copyExtension, type Extension } from './extension.ts'
import { KeyPackage } from './key-package.ts'
import { signLeaf } from './leaf-signature.ts'
import { MLSMessage } from './message.ts'
import type { Proposal } from './proposal.ts'
import type { PreSharedKeyID } from './psk.ts'
import { ProposalType, ProtocolVersion, WireFormat } from './registries.ts'
import type { MemberState, OwnUpdate } from './transition.ts'

/** Something that a member can propose, or do at once by a commit. */
export type ProposalRequest =
  /** An encoded key package, by itself or in an MLSMessage. */
  | { readonly type: 'add'; readonly keyPackage: Uint8Array }
  | { readonly type: 'remove'; readonly leaf: number }
  /** New keys for one's own leaf. Only to be proposed: a commit renews the leaf anyway. */
  | { readonly type: 'update'; readonly changes?: LeafChanges; readonly signer?: Signer }
  | { readonly type: 'external_psk'; readonly pskId: Uint8Array }
  /** By default the key of the present epoch of this group. */
  | { readonly type: 'resumption_psk'; readonly groupId?: Uint8Array; readonly epoch?: bigint }
  | {
      readonly type: 'reinit'
      readonly groupId: Uint8Array
      readonly cipherSuite: number
      readonly extensions?: readonly Extension[]
    }
  /** All extensions of the group context; those that are not listed are dropped. */
  | { readonly type: 'extensions'; readonly extensions: readonly Extension[] }
  /** Leave the group. Only to be proposed. */
  | { readonly type: 'self_remove' }
  | { readonly type: 'custom'; readonly proposalType: number; readonly data: Uint8Array }

/** A proposal, and for an Update the private key that comes with it. */
export interface MadeProposal {
  readonly proposal: Proposal
  readonly update?: OwnUpdate
}

/**
 * What a key package says, by itself or in a message: whose it is, what it supports, how long it may be used. Nothing of it has been
 * verified; whoever adds somebody by it does that.
 */
export function readKeyPackage(bytes: Uint8Array): KeyPackage {
  const copy = copyOf(bytes)
  // the third and fourth byte tell: an MLSMessage has the wire format where a key package has its suite, and then the version of the key package
  const isMessage =
    copy[2] === 0 && copy[3] === WireFormat.of.mls_key_package && copy[4] === 0 && copy[5] === ProtocolVersion.of.mls10
  if (!isMessage) return decode(KeyPackage, copy)
  const message = decode(MLSMessage, copy)
  if (message.wireFormat !== 'mls_key_package') throw new UsageError('wrong-argument', { expected: 'a key package' })
  return message.keyPackage
}

function makeUpdate(state: MemberState, changes: LeafChanges = {}, signer: Signer | undefined): MadeProposal {
  const { suite, tree, leaf, epoch } = state
  const { signatureKey, credential, capabilities, extensions } = { ...tree.leafNode(leaf)!, ...changes }
  const pair = suite.kem.generateKeyPair()
  const content = {
    encryptionKey: pair.publicKey,
    signatureKey: signer?.publicKey ?? signatureKey,
    credential,
    capabilities,
    leafNodeSource: 'update',
    extensions,
  } as const
  const place = { groupId: epoch.context.groupId, leafIndex: leaf }
  const leafNode = signLeaf(suite, signer ?? state.signer, content, place)
  return { proposal: { proposalType: 'update', leafNode }, update: { pair, signer } }
}

/** copath-mls-8.4-02: a pre-shared key's name for one use, whose nonce is fresh and as long as the KDF says. */
export function freshPskId(suite: CipherSuite, id: PreSharedKeyID): PreSharedKeyID {
  return { ...id, pskNonce: randomBytes(suite.random, suite.kdf.length) }
}

const NO_NONCE = new Uint8Array(0)

/** Makes the proposal that is asked for. */
export function makeProposal(state: MemberState, request: ProposalRequest): MadeProposal {
  const { suite, epoch } = state
  const { context } = epoch
  switch (request.type) {
    case 'add':
      return { proposal: { proposalType: 'add', keyPackage: readKeyPackage(request.keyPackage) } }
    case 'remove':
      return { proposal: { proposalType: 'remove', removed: request.leaf } }
    case 'update':
      return makeUpdate(state, request.changes, request.signer)
    case 'external_psk': {
      const id = { psktype: 'external', pskId: copyOf(request.pskId), pskNonce: NO_NONCE } as const
      return { proposal: { proposalType: 'psk', psk: freshPskId(suite, id) } }
    }
    case 'resumption_psk': {
      const { groupId: pskGroupId = context.groupId, epoch: pskEpoch = context.epoch } = request
      const id = { psktype: 'resumption', usage: 'application', pskGroupId, pskEpoch, pskNonce: NO_NONCE } as const
      return { proposal: { proposalType: 'psk', psk: freshPskId(suite, id) } }
    }
    case 'reinit': {
      const { groupId, cipherSuite, extensions = [] } = request
      const version = ProtocolVersion.of.mls10
      const kept = { groupId: copyOf(groupId), extensions: extensions.map(copyExtension) }
      return { proposal: { proposalType: 'reinit', version, cipherSuite, ...kept } }
    }
    case 'extensions':
      return {
        proposal: { proposalType: 'group_context_extensions', extensions: request.extensions.map(copyExtension) },
      }
    case 'self_remove':
      return { proposal: { proposalType: 'self_remove' } }
    case 'custom': {
      const { proposalType: proposalTypeValue, data } = request
      if (Object.values<number>(ProposalType.of).includes(proposalTypeValue)) {
        throw new UsageError('wrong-argument', { expected: 'a type without a form of its own', got: proposalTypeValue })
      }
      return { proposal: { proposalType: 'unknown', proposalTypeValue, data: copyOf(data) } }
    }
    default:
      throw new UsageError('wrong-argument', { expected: 'a request', got: (request as ProposalRequest).type })
  }
}
