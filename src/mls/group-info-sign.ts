/** RFC 9420 section 12.4.3: group infos, signed and checked; with the tree or the external key in their extensions. */
import { equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { checkNoRepeatedExtension, type Extension, ExternalPub, makeExtension } from './extension.ts'
import type { GroupContext } from './group-context.ts'
import { type GroupInfo, GroupInfoTBS, type ReceivedGroupInfo } from './group-info.ts'
import { ExtensionType, ProtocolVersion } from './registries.ts'

const LABEL = 'GroupInfoTBS'

/** What a group info says besides the group context. */
export interface GroupInfoParts {
  readonly context: GroupContext
  readonly confirmationTag: Uint8Array
  readonly leaf: number
  readonly signer: Signer
  /** Section 12.4.3.3: the encoded tree. */
  readonly ratchetTree?: Uint8Array | undefined
  /** Section 12.4.3.2: the key for external commits. */
  readonly externalPub?: Uint8Array
  readonly extensions?: readonly Extension[]
  /** Where the same has been signed before. */
  readonly signature?: Uint8Array<ArrayBuffer> | undefined
}

/** Makes and signs a group info. */
export function signGroupInfo(
  suite: CipherSuite,
  parts: GroupInfoParts,
): GroupInfo & { readonly signature: Uint8Array<ArrayBuffer> } {
  const extensions: Extension[] = [...(parts.extensions ?? [])]
  const { ratchetTree, externalPub } = parts
  if (ratchetTree !== undefined) {
    extensions.push({ extensionType: ExtensionType.of.ratchet_tree, extensionData: ratchetTree })
  }
  if (externalPub !== undefined) {
    extensions.push(makeExtension(ExtensionType.of.external_pub, ExternalPub, { externalPub }))
  }
  checkNoRepeatedExtension(extensions)
  const { context: groupContext, confirmationTag, leaf } = parts
  const content = { groupContext, extensions, confirmationTag, signer: leaf }
  const signature = parts.signature ?? suite.labels.signWithLabel(parts.signer, LABEL, encode(GroupInfoTBS, content))
  return { ...content, signature }
}

/** copath-mls-12.4.3-01: a group info is signed by the member that it names. */
export function checkGroupInfoSignature(
  suite: CipherSuite,
  info: GroupInfo | ReceivedGroupInfo,
  signatureKey: Uint8Array | undefined,
): void {
  const rule = 'copath-mls-12.4.3-01'
  if (signatureKey === undefined) throw new RejectedError('unknown-sender', { rule, leaf: info.signer })
  const signed = 'signed' in info ? info.signed : encode(GroupInfoTBS, info)
  if (!suite.labels.verifyWithLabel(signatureKey, LABEL, signed, info.signature)) {
    throw new RejectedError('invalid-signature', { rule, of: 'group info' })
  }
}

/** What a group info must be before its tree is looked at. */
export function checkGroupInfoForm(suite: CipherSuite, { groupContext, extensions }: GroupInfo): void {
  // copath-mls-12.4.3-02: of the suite that the joiner uses
  if (groupContext.cipherSuite !== suite.id) {
    throw new RejectedError('wrong-suite', {
      rule: 'copath-mls-12.4.3-02',
      version: ProtocolVersion.of.mls10,
      cipherSuite: groupContext.cipherSuite,
    })
  }
  // copath-mls-13.4-01: no list has two extensions of one type; copath-mls-13.4-03: the types need not be known
  checkNoRepeatedExtension(extensions)
}

/** The encoded tree: from the group info, or given apart. */
export function treeFor({ extensions }: GroupInfo, apart: Uint8Array | undefined): Uint8Array {
  const inside = extensions.find(({ extensionType }) => extensionType === ExtensionType.of.ratchet_tree)?.extensionData
  const tree = inside ?? apart
  // copath-mls-12.4.3.1-11: nobody joins without the tree
  if (tree === undefined) throw new RejectedError('no-ratchet-tree')
  if (inside !== undefined && apart !== undefined && !equalPublic(inside, apart)) {
    throw new RejectedError('wrong-tree-hash')
  }
  return tree
}
