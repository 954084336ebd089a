/** RFC 9420 sections 7.3, 7.8, 7.9 and 12.4.3.1: what can be checked of a ratchet tree and of the group info that it belongs to. */
import { ByteList } from '../../base/byte-list.ts'
import { equalPublic } from '../../base/bytes.ts'
import { RejectedError } from '../../base/errors.ts'
import { Reader } from '../../codec/reader.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { GroupInfo } from '../../mls/group-info.ts'
import { checkGroupInfoSignature } from '../../mls/group-info-sign.ts'
import type { GroupTree } from '../../mls/group-tree.ts'
import { LeafNode } from '../../mls/leaf-node.ts'
import { leafNodeTbs } from '../../mls/leaf-signature.ts'
import { DEFAULT_MAX_LEAVES, readTree } from '../../mls/load-tree.ts'
import { LEAF, type NodeSpans } from '../../mls/received-tree.ts'
import { ExtensionType } from '../../mls/registries.ts'
import type { LeafIndex } from '../../tree/math.ts'
import { hex } from './values.ts'
import { type Check, Checklist, suiteOf, suiteOfLeaf } from './verdicts.ts'

const LEAVES_AT_ONCE = 4096
const PARENT_HASHES = { what: 'parent hashes tie every node to one below', section: '7.9.2' } as const
const UNMERGED = { what: 'unmerged leaves are in order and consistent', section: '12.4.3.1' } as const
const NODES = { what: 'nodes in their places, keys valid and unique', section: '12.4.3.1' } as const
// in the order in which a tree is read
const STEPS = [NODES, UNMERGED, PARENT_HASHES] as const

/** Reads a tree; tells the steps of it apart by the code of what it refuses. */
function readSteps(list: Checklist, suite: CipherSuite, bytes: Uint8Array): GroupTree | undefined {
  try {
    const tree = readTree(suite, bytes, DEFAULT_MAX_LEAVES)
    for (const { what, section } of STEPS) list.hold(what, section, () => undefined)
    return tree
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    const failed = error.code === 'untied-node' ? 2 : error.code === 'wrong-unmerged-leaves' ? 1 : 0
    STEPS.forEach(({ what, section }, i) => {
      if (i < failed) list.hold(what, section, () => undefined)
      else if (i === failed) list.bad(what, section, error.message)
      else list.unknown(what, section, 'not reached')
    })
    return undefined
  }
}

/** The leaves whose signatures do not verify; of those signed in a group, only where the group is known. */
function leafSignatures(list: Checklist, tree: GroupTree, groupId: Uint8Array | undefined): void {
  const { suite } = tree
  const bad: number[] = []
  let checked = 0
  let skipped = 0
  let batch: { leaf: LeafIndex; node: LeafNode }[] = []
  const flush = (): void => {
    const found = suite.labels.verifyManyWithLabel('LeafNodeTBS', {
      publicKeys: ByteList.of(batch.map(({ node }) => node.signatureKey)),
      messages: ByteList.of(batch.map(({ leaf, node }) => tbsOf(node, leaf, groupId))),
      signatures: ByteList.of(batch.map(({ node }) => node.signature)),
    })
    bad.push(...found.map(i => batch[i]!.leaf))
    checked += batch.length
    batch = []
  }
  for (const leaf of tree.leaves()) {
    const node = tree.leafNode(leaf)!
    if (node.leafNodeSource !== 'key_package' && groupId === undefined) skipped++
    else if (node.signatureKey.length !== suite.signature.publicKeyLength) bad.push(leaf)
    else batch.push({ leaf, node })
    if (batch.length === LEAVES_AT_ONCE) flush()
  }
  flush()
  const [what, section] = ['signatures of the leaves', '7.3']
  if (bad.length > 0) {
    const shown = bad.slice(0, 8).join(', ')
    list.bad(what, section, `those of ${bad.length} do not verify: leaves ${shown}${bad.length > 8 ? ', …' : ''}`)
  } else if (checked === 0) list.unknown(what, section, 'they cover the group id, which is not here')
  else
    list.hold(
      what,
      section,
      () => `${checked} of ${checked + skipped}${skipped > 0 ? '; the others cover the group id' : ''}`,
    )
}

function tbsOf(node: LeafNode, leafIndex: number, groupId: Uint8Array | undefined): Uint8Array {
  return leafNodeTbs(node, groupId === undefined ? undefined : { groupId, leafIndex })
}

/** The suite that the first leaf of a tree names and fits. */
export function suiteOfTree({ bytes, kinds, starts, count }: NodeSpans): CipherSuite | undefined {
  for (let node = 0; node < count; node += 2) {
    if (kinds[node] !== LEAF) continue
    const reader = new Reader(bytes, 'ratchet_tree')
    reader.at = starts[node]!
    return suiteOfLeaf(LeafNode.read(reader))
  }
  return undefined
}

/** A ratchet tree, with what is known of its group. */
export function checkTree(
  bytes: Uint8Array,
  known: { suite: CipherSuite | undefined; groupId?: Uint8Array; treeHash?: Uint8Array },
): { readonly checks: readonly Check[]; readonly tree: GroupTree | undefined } {
  const list = new Checklist()
  const { suite, groupId, treeHash } = known
  if (suite === undefined) {
    list.unknown('tree', '12.4.3.1', 'no suite that its leaves name is supported here and fits their keys')
    return { checks: list.checks, tree: undefined }
  }
  const tree = readSteps(list, suite, bytes)
  if (tree === undefined) return { checks: list.checks, tree }
  const found = tree.stage().treeHash()
  if (treeHash !== undefined) {
    list.hold('tree hash is that of the group context', '7.8', () => {
      if (!equalPublic(found, treeHash)) throw new RejectedError('wrong-tree-hash')
      return undefined
    })
  } else list.hold('tree hash', '7.8', () => hex(found))
  leafSignatures(list, tree, groupId)
  return { checks: list.checks, tree }
}

/** A group info, against the tree that it carries. */
export function checkGroupInfo(info: GroupInfo): readonly Check[] {
  const list = new Checklist()
  const { groupContext, extensions } = info
  const suite = suiteOf(groupContext.cipherSuite)
  const ratchetTree = extensions.find(({ extensionType }) => extensionType === ExtensionType.of.ratchet_tree)
  const what = 'signature of the group info'
  if (suite === undefined) {
    list.unknown(what, '12.4.3', `suite ${groupContext.cipherSuite} is not supported here`)
    return list.checks
  }
  if (ratchetTree === undefined) {
    list.unknown(what, '12.4.3', 'it carries no tree, in which the key of its signer stands')
    return list.checks
  }
  const { groupId, treeHash } = groupContext
  const { checks, tree } = checkTree(ratchetTree.extensionData, { suite, groupId, treeHash })
  if (tree === undefined) list.unknown(what, '12.4.3', 'its tree is not valid')
  else {
    list.hold(what, '12.4.3', () => {
      const leaf = info.signer < tree.leafCount ? info.signer : undefined
      checkGroupInfoSignature(
        suite,
        info,
        leaf === undefined ? undefined : tree.store.signatureKeyAt(leaf as LeafIndex),
      )
      return `by leaf ${info.signer}`
    })
  }
  list.add(checks)
  return list.checks
}
