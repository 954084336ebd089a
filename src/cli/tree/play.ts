/** Plays operations on a tree: who is meant, who commits, and what comes of it, in nodes and bytes. */
import { decode, encode } from '../../codec/codec.ts'
import { LeafNode } from '../../mls/leaf-node.ts'
import { UpdatePath, UpdatePathNode } from '../../mls/update-path.ts'
import { copath, directPath, type LeafIndex, level, type NodeIndex, nodeOfLeaf } from '../../tree/math.ts'
import { filteredDirectPath, resolution } from '../../tree/resolution.ts'
import { CliUsageError } from '../command.ts'
import type { Operation, Reference } from './operations.ts'
import type { Stage, Wish } from './stage.ts'

/** One node of a path: its new secret goes to those below the node of the copath beside it. */
export interface Sealing {
  readonly node: NodeIndex
  readonly copath: NodeIndex
  /** The nodes whose keys it is encrypted to. */
  readonly recipients: readonly NodeIndex[]
  readonly bytes: number
}

/** What a tree looks like. */
export interface Looks {
  readonly members: number
  readonly leaves: number
  /** Inner nodes without a key that have members below them. */
  readonly blanks: readonly NodeIndex[]
  readonly unmerged: readonly { readonly node: NodeIndex; readonly leaves: readonly number[] }[]
}

/** What one commit did. */
export interface Step {
  readonly operation: Operation
  readonly wish: Wish
  /** Names before the commit: those who leave have none after it. */
  readonly names: ReadonlyMap<LeafIndex, string>
  readonly directPath: readonly NodeIndex[]
  readonly sealings: readonly Sealing[]
  readonly added: readonly LeafIndex[]
  /** Bytes of the update path, and of the leaf in it. */
  readonly bytes: number
  readonly leafBytes: number
  readonly followers: number | undefined
  readonly looks: Looks
}

/** What stands around one leaf. */
export interface Surroundings {
  readonly leaf: LeafIndex
  readonly directPath: readonly NodeIndex[]
  readonly filtered: readonly NodeIndex[]
  readonly copath: readonly { readonly node: NodeIndex; readonly resolution: readonly NodeIndex[] }[]
}

/** The members of a tree, in words. */
function occupied({ shape }: Stage): string {
  const { leafCount } = shape
  const blank: number[] = []
  for (let leaf = 0; leaf < leafCount && blank.length <= 8; leaf++) {
    if (shape.isBlank(nodeOfLeaf(leaf as LeafIndex))) blank.push(leaf)
  }
  const but =
    blank.length === 0 ? '' : blank.length > 8 ? ', some of them blank' : `, of which ${blank.join(', ')} are blank`
  return `leaves are 0 to ${leafCount - 1}${but}`
}

/** The leaf of a member. */
export function findMember(stage: Stage, reference: Reference): LeafIndex {
  const { shape } = stage
  if (/^\d+$/.test(reference)) {
    const leaf = Number(reference) as LeafIndex
    if (leaf < shape.leafCount && !shape.isBlank(nodeOfLeaf(leaf))) return leaf
  } else {
    for (let next = shape.nextLeaf(0); next !== undefined; next = shape.nextLeaf(next + 1)) {
      if (stage.nameOf(next as LeafIndex) === reference) return next as LeafIndex
    }
  }
  throw new CliUsageError(`There is no member ${reference} in the tree now: ${occupied(stage)}`)
}

/** A, B, ... Z, A1, B1, ...: the first that nobody has. */
function freshName(taken: ReadonlySet<string>): string {
  for (let i = 0; ; i++) {
    const name = String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : String(Math.floor(i / 26)))
    if (!taken.has(name)) return name
  }
}

/** Turns words into leaves. */
function wishOf(stage: Stage, { text, proposals, committer }: Operation, used: Set<string>): Wish {
  const removes: LeafIndex[] = []
  const updates: LeafIndex[] = []
  const adds: string[] = []
  for (const proposal of proposals) {
    if (proposal.kind === 'remove') removes.push(findMember(stage, proposal.of))
    else if (proposal.kind === 'update') updates.push(findMember(stage, proposal.of))
    else adds.push(proposal.name ?? freshName(new Set([...used, ...adds])))
  }
  if (new Set([...removes, ...updates]).size < removes.length + updates.length) {
    throw new CliUsageError(`"${text}" names a member twice; a commit does one thing to each`)
  }
  const named = committer === undefined ? undefined : findMember(stage, committer)
  // a member that updates without anybody else's help does so by a commit of its own
  const alone = named === undefined && updates.length === 1 && proposals.length === 1 ? updates[0] : named
  const sender = alone ?? firstOther(stage, [...removes, ...updates])
  if (sender === undefined) throw new CliUsageError(`"${text}" leaves nobody to commit it`)
  if (removes.includes(sender)) throw new CliUsageError(`"${text}": a member cannot commit its own removal`)
  const others = updates.filter(leaf => leaf !== sender)
  for (const name of adds) used.add(name)
  return { committer: sender, updates: others, removes, adds }
}

function firstOther({ shape }: Stage, not: readonly number[]): LeafIndex | undefined {
  for (let next = shape.nextLeaf(0); next !== undefined; next = shape.nextLeaf(next + 1)) {
    if (!not.includes(next)) return next as LeafIndex
  }
  return undefined
}

/** What the tree looks like now. */
export function looksOf(stage: Stage): Looks {
  const { shape } = stage
  const blanks: NodeIndex[] = []
  const unmerged: { node: NodeIndex; leaves: number[] }[] = []
  // the first member at or after each place, so that finding those below a node costs nothing
  const next = new Uint32Array(shape.leafCount + 1).fill(shape.leafCount)
  for (let leaf = shape.leafCount - 1; leaf >= 0; leaf--) {
    next[leaf] = shape.isBlank(nodeOfLeaf(leaf as LeafIndex)) ? next[leaf + 1]! : leaf
  }
  for (let node = 1; node < 2 * shape.leafCount - 1; node += 2) {
    const half = 2 ** (level(node as NodeIndex) - 1)
    if (!shape.isBlank(node as NodeIndex)) {
      const leaves = [...shape.unmergedLeaves(node as NodeIndex)]
      if (leaves.length > 0) unmerged.push({ node: node as NodeIndex, leaves })
    } else if (next[(node + 1) / 2 - half]! < (node + 1) / 2 + half) blanks.push(node as NodeIndex)
  }
  return { members: stage.memberCount(), leaves: shape.leafCount, blanks, unmerged }
}

/** The direct path, the copath and its resolutions, of one leaf. */
export function surroundingsOf({ shape }: Stage, leaf: LeafIndex): Surroundings {
  const at = nodeOfLeaf(leaf)
  return {
    leaf,
    directPath: directPath(at, shape.leafCount),
    filtered: filteredDirectPath(shape, leaf).nodes,
    copath: copath(at, shape.leafCount).map(node => ({ node, resolution: resolution(shape, node) })),
  }
}

/** Plays one operation. `used` holds the names that have been given. */
export function playOperation(stage: Stage, operation: Operation, used: Set<string>): Step {
  const wish = wishOf(stage, operation, used)
  const names = new Map([wish.committer, ...wish.removes, ...wish.updates].map(leaf => [leaf, stage.nameOf(leaf)]))
  const { path, recipients, added, message, followers } = stage.play(wish)
  const decoded = decode(UpdatePath, message)
  return {
    operation,
    wish,
    names,
    directPath: directPath(nodeOfLeaf(path.leaf), stage.shape.leafCount),
    sealings: path.nodes.map((node, i) => ({
      node,
      copath: path.copath[i]!,
      recipients: recipients[i]!,
      bytes: encode(UpdatePathNode, decoded.nodes[i]!).length,
    })),
    added,
    bytes: message.length,
    leafBytes: encode(LeafNode, decoded.leafNode).length,
    followers,
    looks: looksOf(stage),
  }
}
