/** RFC 9420 section 7.9: tree hashes of subtrees as they were before some leaves were added, each computed once, in bulk. */
import type { Hash } from '../crypto/provider.ts'
import { isLeaf, left, level, type NodeIndex, right } from '../tree/math.ts'
import type { TreeView } from '../tree/view.ts'
import { BulkHash } from './bulk-hash.ts'
import { knownHash, writeLeafInput, writeParentInput } from './tree-hash.ts'

/** The hash of a subtree; undefined until it has been computed. */
export interface EventualHash {
  readonly hash: Uint8Array | undefined
}

/** A subtree without some of its leaves. */
interface Reduced {
  readonly node: NodeIndex
  /** The leaves that are left out, rising. Never empty. */
  readonly without: Uint32Array
  /** Of the children of an inner node, until the hash is there. */
  below: readonly [EventualHash, EventualHash] | undefined
  hash: Uint8Array | undefined
}

/** Where in a rising list the values from `least` on start. */
function placeOf(rising: Uint32Array, least: number): number {
  let [from, to] = [0, rising.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (rising[middle]! < least) from = middle + 1
    else to = middle
  }
  return from
}

/** Whether a rising list has a value. */
export function includes(rising: Uint32Array, value: number): boolean {
  return rising[placeOf(rising, value)] === value
}

/** The part of a rising list of leaves that is below the node, in a view. */
export function leavesBelow(rising: Uint32Array, node: NodeIndex): Uint32Array {
  if (rising.length === 0) return rising
  const reach = 2 ** level(node)
  // of the node's range of array places, from x - reach + 1 to x + reach - 1
  return rising.subarray(placeOf(rising, (node - reach + 1) / 2), placeOf(rising, (node + reach + 1) / 2))
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Original tree hashes, asked for in any number and then computed together, level by level. What has been computed serves again
 * for all who leave the same leaves of a subtree out, so that a tree in which the parents list the same unmerged leaves costs a
 * hash per node, not one per node and parent above. The tree must not change meanwhile, and its own hashes must be known.
 */
export class OriginalHashes {
  readonly #tree: TreeView
  readonly #bulk: BulkHash
  /** The last question about each node. */
  readonly #last = new Map<number, Reduced>()
  /** What is yet to be computed, by level. */
  #pending: Reduced[][] = []

  constructor(tree: TreeView, hash: Hash) {
    this.#tree = tree
    this.#bulk = new BulkHash(hash)
  }

  /** Asks for the hash of a subtree without some of its leaves, in rising order. */
  ask(node: NodeIndex, without: Uint32Array): EventualHash {
    if (without.length === 0) return { hash: knownHash(this.#tree, node) }
    const last = this.#last.get(node)
    if (last !== undefined && equal(last.without, without)) return last
    const reduced: Reduced = { node, without, below: undefined, hash: undefined }
    if (!isLeaf(node)) {
      const [l, r] = [left(node), right(node, this.#tree.leafCount)]
      reduced.below = [this.ask(l, leavesBelow(without, l)), this.ask(r, leavesBelow(without, r))]
    }
    this.#last.set(node, reduced)
    const height = level(node)
    this.#pending[height] ??= []
    this.#pending[height].push(reduced)
    return reduced
  }

  /** Computes everything that was asked for. */
  compute(): void {
    const tree = this.#tree
    for (const nodes of this.#pending) {
      if (nodes === undefined) continue
      this.#bulk.each(
        nodes,
        (writer, { node, without, below }) => {
          if (below === undefined) writeLeafInput(writer, node / 2, undefined)
          else {
            const unmerged = tree.unmergedLeaves(node)
            writeParentInput(
              writer,
              tree,
              node,
              unmerged.length === 0 ? unmerged : unmerged.filter(leaf => !includes(without, leaf)),
            )
            for (const { hash } of below) writer.opaque(hash!)
          }
        },
        (reduced, digest) => {
          reduced.hash = digest
          reduced.below = undefined
        },
      )
    }
    this.#pending = []
  }
}
