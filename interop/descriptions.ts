/** Proposals as the harness describes them, made into what members request and outsiders send. */
import { equalPublic } from '../src/base/bytes.ts'
import { randomBytes } from '../src/base/random.ts'
import type { CipherSuite } from '../src/crypto/suites.ts'
import type { Extension } from '../src/mls/extension.ts'
import type { LeafNode } from '../src/mls/leaf-node.ts'
import type { Proposal } from '../src/mls/proposal.ts'
import { freshPskId, type ProposalRequest, readKeyPackage } from '../src/mls/proposal-request.ts'
import { ProtocolVersion } from '../src/mls/registries.ts'
import { WireError } from './protobuf.ts'
import type { Description } from './service.ts'

type Leaf = Pick<LeafNode, 'credential'> & { readonly leaf: number }

/** The leaf of the member with this name. */
export function leafOf(members: Iterable<Leaf>, identity: Uint8Array): number {
  for (const { leaf, credential } of members) {
    if (credential.credentialType === 'basic' && equalPublic(credential.identity, identity)) return leaf
  }
  throw new WireError('no member has this identity')
}

/** Extensions as the library has them. */
export function extensionsOf(extensions: Description['extensions']): Extension[] {
  return extensions.map(({ type, data }) => ({ extensionType: type, extensionData: data }))
}

function kindOf({ kind }: Description): string {
  return new TextDecoder().decode(kind)
}

/** What a member does by its commit. */
export function requestOf(description: Description, members: () => Iterable<Leaf>): ProposalRequest {
  const { keyPackage, removed, pskId, epoch, groupId, suite } = description
  const extensions = extensionsOf(description.extensions)
  const kind = kindOf(description)
  switch (kind) {
    case 'add':
      return { type: 'add', keyPackage }
    case 'remove':
      return { type: 'remove', leaf: leafOf(members(), removed) }
    case 'externalPSK':
      return { type: 'external_psk', pskId }
    case 'resumptionPSK':
      return { type: 'resumption_psk', epoch }
    case 'groupContextExtensions':
      return { type: 'extensions', extensions }
    case 'reinit':
      return { type: 'reinit', groupId, cipherSuite: suite, extensions }
    default:
      throw new WireError(`no proposal is called ${JSON.stringify(kind)}`)
  }
}

/** A fresh name for one use of an external key. */
export function externalPsk(suite: CipherSuite, pskId: Uint8Array) {
  return freshPskId(suite, { psktype: 'external', pskId, pskNonce: new Uint8Array(0) })
}

/** The same, as the proposal itself: outsiders have no group to ask. */
export function proposalOf(
  description: Description,
  group: { readonly suite: CipherSuite; readonly groupId: Uint8Array; members(): Iterable<Leaf> },
): Proposal {
  const request = requestOf(description, () => group.members())
  const { suite } = group
  switch (request.type) {
    case 'add':
      return { proposalType: 'add', keyPackage: readKeyPackage(request.keyPackage) }
    case 'remove':
      return { proposalType: 'remove', removed: request.leaf }
    case 'external_psk':
      return { proposalType: 'psk', psk: externalPsk(suite, request.pskId) }
    case 'resumption_psk': {
      const pskNonce = randomBytes(suite.random, suite.kdf.length)
      const { groupId: pskGroupId } = group
      const { epoch } = description
      return {
        proposalType: 'psk',
        psk: { psktype: 'resumption', usage: 'application', pskGroupId, pskEpoch: epoch, pskNonce },
      }
    }
    case 'extensions':
      return { proposalType: 'group_context_extensions', extensions: request.extensions }
    case 'reinit': {
      const { groupId, cipherSuite, extensions = [] } = request
      return { proposalType: 'reinit', groupId, version: ProtocolVersion.of.mls10, cipherSuite, extensions }
    }
    default:
      throw new WireError(`outsiders cannot propose ${request.type}`)
  }
}
