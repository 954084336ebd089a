/** RFC 9420 section 12.4.3.3: the ratchet tree in an encoding, drawn, whether it is valid or not. */
import { RejectedError } from '../../base/errors.ts'
import type { Annotation } from '../../codec/annotate.ts'
import { Reader } from '../../codec/reader.ts'
import { LeafNode } from '../../mls/leaf-node.ts'
import { ParentNode } from '../../mls/ratchet-tree.ts'
import { BLANK, type NodeSpans, scanRatchetTree } from '../../mls/received-tree.ts'
import { drawTree } from '../../tree/draw.ts'
import { leafCount } from '../../tree/math.ts'
import type { TreeShape } from '../../tree/resolution.ts'
import { hex, textOf } from './values.ts'

const MOST_NAME = 32

/** Where the first ratchet tree in an encoding is; undefined where there is none that is whole. */
export function findTree(at: Annotation): Annotation | undefined {
  if (at.type === 'ratchet_tree') return at
  for (const child of at.children) {
    if (at.problem !== undefined) continue
    const found = findTree(child)
    if (found !== undefined) return found
  }
  return undefined
}

/** The nodes of a tree, or undefined where they are not in their places. */
export function scanTree(bytes: Uint8Array): NodeSpans | undefined {
  try {
    return scanRatchetTree(bytes)
  } catch (error) {
    if (error instanceof RejectedError) return undefined
    throw error
  }
}

function readerAt({ bytes, starts }: NodeSpans, node: number): Reader {
  const reader = new Reader(bytes, 'ratchet_tree')
  reader.at = starts[node]!
  return reader
}

/** The shape of an encoded tree, without putting it anywhere. */
export function shapeOf(spans: NodeSpans): TreeShape {
  const { count, kinds } = spans
  const leaves = leafCount(2 ** Math.ceil(Math.log2((count + 1) / 2)))
  return {
    leafCount: leaves,
    isBlank: node => node >= count || kinds[node] === BLANK,
    unmergedLeaves: node => ParentNode.read(readerAt(spans, node)).unmergedLeaves,
    nextLeaf(from) {
      for (let leaf = from; 2 * leaf < count; leaf++) if (kinds[2 * leaf] !== BLANK) return leaf
      return undefined
    },
  }
}

function nameOf(spans: NodeSpans, leaf: number): string {
  const { credential } = LeafNode.read(readerAt(spans, 2 * leaf))
  if (credential.credentialType !== 'basic') return `(${credential.credentialType})`
  const text = textOf(credential.identity) ?? `0x${hex(credential.identity.subarray(0, MOST_NAME / 2))}`
  const characters = [...text]
  return characters.length <= MOST_NAME ? text : `${characters.slice(0, MOST_NAME).join('')}…`
}

/** A tree as text. */
export function drawSpans(spans: NodeSpans): string {
  return drawTree(shapeOf(spans), { label: leaf => nameOf(spans, leaf) })
}
