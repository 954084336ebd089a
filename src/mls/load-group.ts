/** RFC 9420 section 12.4.3: the public half of a group, received as a group info and a tree. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { decode } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { LeafIndex } from '../tree/math.ts'
import { type EpochContext, epochContext, readContextExtensions } from './epoch-context.ts'
import { checkExternalSenders, checkIdentity, FOREVER, lifetimePolicy, type Settings } from './group-config.ts'
import { type ReceivedGroupInfo, receiveGroupInfo } from './group-info.ts'
import { checkGroupInfoForm, checkGroupInfoSignature, treeFor } from './group-info-sign.ts'
import type { GroupTree } from './group-tree.ts'
import { loadTree } from './load-tree.ts'
import { MLSMessage } from './message.ts'

/** Of an MLSMessage: its version and what it is. */
const MESSAGE_HEAD = 4

/** Reads a group info as it is published. */
export function readGroupInfo(message: Uint8Array): ReceivedGroupInfo {
  const copied = copyOf(message)
  const decoded = decode(MLSMessage, copied)
  if (decoded.wireFormat === 'mls_group_info') return receiveGroupInfo(copied.subarray(MESSAGE_HEAD))
  throw new RejectedError('unexpected-message', { expected: 'mls_group_info', got: decoded.wireFormat })
}

/** The public half of a group that was received: its tree, checked against the group info, whose signer it names. */
export function loadGroup(
  { suite, settings }: { readonly suite: CipherSuite; readonly settings: Settings },
  info: ReceivedGroupInfo,
  ratchetTree: Uint8Array | undefined,
): { readonly tree: GroupTree; readonly context: EpochContext } {
  checkGroupInfoForm(suite, info)
  const { groupContext } = info
  const context = epochContext(readContextExtensions(suite.id, groupContext.extensions), groupContext)
  checkExternalSenders(settings, context.externalSenders, { known: [], where: {} })
  // copath-mls-12.4.3.1-04: the tree is the one that the group info names, and valid in all its parts
  const tree = loadTree(treeFor(info, ratchetTree), {
    suite,
    groupId: groupContext.groupId,
    group: { ...context.parameters, unlistedSuite: settings.unlistedSuite },
    treeHash: groupContext.treeHash,
    lifetime: settings.longestLifetime < FOREVER ? lifetimePolicy(settings, false) : undefined,
    // copath-mls-5.3.1-05: its members are who they say
    checkCredential: (leaf, where) => checkIdentity(settings, leaf, where),
    ...(settings.maxLeaves === undefined ? {} : { maxLeaves: settings.maxLeaves }),
  })
  const signer = info.signer < tree.leafCount ? tree.store.signatureKeyAt(info.signer as LeafIndex) : undefined
  checkGroupInfoSignature(suite, info, signer)
  return { tree, context }
}
