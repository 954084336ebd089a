/** Everything in a message, key package, tree or group info that can be checked without a secret. */
import type { Annotation } from '../../codec/annotate.ts'
import { type Codec, decode } from '../../codec/codec.ts'
import { Commit } from '../../mls/commit.ts'
import type { FramedContent } from '../../mls/framing.ts'
import { FramedContent as FramedContentCodec, PublicMessage } from '../../mls/framing.ts'
import { GroupInfo } from '../../mls/group-info.ts'
import { KeyPackage } from '../../mls/key-package.ts'
import { LeafNode } from '../../mls/leaf-node.ts'
import type { LeafPlace } from '../../mls/leaf-signature.ts'
import { DEFAULT_MAX_LEAVES } from '../../mls/load-tree.ts'
import { MLSMessage } from '../../mls/message.ts'
import { Add, Proposal, Update } from '../../mls/proposal.ts'
import { RatchetTree } from '../../mls/tree-structs.ts'
import { UpdatePath } from '../../mls/update-path.ts'
import { checkKeyPackage, checkLeaf } from './check-leaf.ts'
import { checkGroupInfo, checkTree, suiteOfTree } from './check-tree.ts'
import { scanTree } from './tree-drawing.ts'
import { type Check, Checklist, suiteOf, suiteOfLeaf } from './verdicts.ts'

/** The most key packages and leaves of one commit that are checked. */
const MOST_CHECKED = 1000

/** What is known beside the bytes. */
export interface Circumstances {
  /** Seconds since 1970-01-01T00:00:00Z. */
  readonly now: bigint
  readonly place: LeafPlace | undefined
}

/** How many nodes a tree in here has; 0 where there is none. */
export function nodesOfTree(at: Annotation): number {
  let nodes = at.type === 'ratchet_tree' && at.content.kind === 'vector' ? at.children.length + at.content.omitted : 0
  for (const child of at.children) nodes = Math.max(nodes, nodesOfTree(child))
  return nodes
}

/** Whether a tree is larger than any group here may be. */
export function isTooLarge(nodes: number): boolean {
  return nodes > 2 * DEFAULT_MAX_LEAVES
}

class Checker {
  readonly #list = new Checklist()
  readonly #now: bigint
  #left = MOST_CHECKED

  constructor(now: bigint) {
    this.#now = now
  }

  get checks(): readonly Check[] {
    return this.#list.checks
  }

  keyPackage(keyPackage: KeyPackage, label = ''): void {
    this.#some(label, () => checkKeyPackage(keyPackage, this.#now))
  }

  leaf(leaf: LeafNode, place: LeafPlace | undefined, label = ''): void {
    this.#some(label, () => checkLeaf(leaf, { suite: suiteOfLeaf(leaf), place, now: this.#now }))
  }

  proposal(proposal: Proposal, place: LeafPlace | undefined, label = ''): void {
    if (proposal.proposalType === 'add') this.keyPackage(proposal.keyPackage, label)
    if (proposal.proposalType === 'update') this.leaf(proposal.leafNode, place, label)
  }

  commit({ proposals, path }: Commit, place: LeafPlace | undefined): void {
    if (path !== undefined) this.leaf(path.leafNode, place, 'path: ')
    proposals.forEach((entry, i) => {
      // an Update by value is somebody else's, who is not named
      if (entry.type === 'proposal') this.proposal(entry.proposal, undefined, `proposal ${i}: `)
    })
  }

  framed(content: FramedContent, checkable: boolean): void {
    const { sender, groupId } = content
    const place = sender.senderType === 'member' ? { groupId, leafIndex: sender.leafIndex } : undefined
    if (content.contentType === 'proposal') this.proposal(content.proposal, place)
    if (content.contentType === 'commit') this.commit(content.commit, place)
    if (checkable) this.unknown('signature of the message', '6.1', 'it covers the group context, which is not here')
  }

  unknown(what: string, section: string, detail: string): void {
    this.#list.unknown(what, section, detail)
  }

  add(checks: readonly Check[]): void {
    this.#list.add(checks)
  }

  #some(label: string, make: () => readonly Check[]): void {
    if (this.#left-- > 0) this.#list.add(make().map(check => ({ ...check, what: label + check.what })))
    else if (this.#left === -1) this.unknown('all further ones', '7.3', `only the first ${MOST_CHECKED} are checked`)
  }
}

function checkMessage(checker: Checker, message: MLSMessage): void {
  switch (message.wireFormat) {
    case 'mls_key_package':
      checker.keyPackage(message.keyPackage)
      break
    case 'mls_group_info':
      checker.add(checkGroupInfo(message.groupInfo))
      break
    case 'mls_public_message':
      checker.framed(message.publicMessage.content, true)
      break
    case 'mls_private_message':
      checker.unknown('content', '6.3', 'it is encrypted to the members of its epoch')
      break
    case 'mls_welcome':
      checker.unknown('content', '12.4.3.1', 'it is encrypted to the owners of the key packages named')
  }
}

/** The checks of an encoding that is whole. `root` is what it was taken apart to. */
export function checksOf(
  codec: Codec<unknown>,
  bytes: Uint8Array,
  { root, now, place }: Circumstances & { readonly root: Annotation },
): readonly Check[] {
  const checker = new Checker(now)
  const nodes = nodesOfTree(root)
  if (isTooLarge(nodes)) {
    checker.unknown('tree', '12.4.3.1', `${nodes.toLocaleString('en')} nodes are more than any group here has`)
    return checker.checks
  }
  if (codec === RatchetTree) {
    const groupId = place?.groupId
    const spans = scanTree(bytes)
    // nodes out of place are refused before any suite matters
    const suite = spans === undefined ? suiteOf(1) : suiteOfTree(spans)
    checker.add(checkTree(bytes, { suite, ...(groupId === undefined ? {} : { groupId }) }).checks)
  } else if (codec === MLSMessage) checkMessage(checker, decode(MLSMessage, bytes))
  else if (codec === KeyPackage) checker.keyPackage(decode(KeyPackage, bytes))
  else if (codec === GroupInfo) checker.add(checkGroupInfo(decode(GroupInfo, bytes)))
  else if (codec === LeafNode) checker.leaf(decode(LeafNode, bytes), place)
  else if (codec === PublicMessage) checker.framed(decode(PublicMessage, bytes).content, true)
  else if (codec === FramedContentCodec) checker.framed(decode(FramedContentCodec, bytes), false)
  else if (codec === Commit) checker.commit(decode(Commit, bytes), place)
  else if (codec === Proposal) checker.proposal(decode(Proposal, bytes), place)
  else if (codec === Add) checker.keyPackage(decode(Add, bytes).keyPackage)
  else if (codec === Update) checker.leaf(decode(Update, bytes).leafNode, place)
  else if (codec === UpdatePath) checker.leaf(decode(UpdatePath, bytes).leafNode, place)
  return checker.checks
}
