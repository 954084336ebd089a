/** Vectors of tree math: RFC 9420 appendix C. */
import { isLeaf, leafCount, left, type NodeIndex, parent, right, root, sibling, width } from '../../tree/math.ts'
import type { VectorKind } from './kind.ts'

/** Larger trees are not written out node by node. */
const MOST_LEAVES = 2 ** 22

export const treeMath: VectorKind = {
  name: 'tree-math',
  fields: ['n_leaves', 'n_nodes', 'root', 'left', 'right', 'parent', 'sibling'],
  check(given) {
    const n = leafCount(given.at('n_leaves').uint(MOST_LEAVES))
    const nodes = Array.from({ length: width(n) }, (_, x) => x as NodeIndex)
    given.at('n_nodes').mustEqual(nodes.length)
    given.at('root').mustEqual(root(n))
    // two ways to number a tree that is not full: with nodes that skip what is missing, or as a full tree that ends too early
    const isCut = given
      .at('right')
      .list()
      .some((item, x) => item.isNull && !isLeaf(x as NodeIndex))
    const whole = isCut ? leafCount(2 ** Math.ceil(Math.log2(n))) : n
    const columns: Record<string, (x: NodeIndex) => NodeIndex | undefined> = {
      left: x => (isLeaf(x) ? undefined : left(x)),
      right: x => (isLeaf(x) ? undefined : right(x, whole)),
      parent: x => parent(x, whole),
      sibling: x => sibling(x, whole),
    }
    for (const [name, of] of Object.entries(columns)) {
      const column = given.at(name).list()
      given.at(name).require(column.length === nodes.length, `should have ${nodes.length} items, not ${column.length}`)
      column.forEach((item, x) => {
        const node = of(x as NodeIndex) ?? null
        item.mustEqual(node !== null && node < nodes.length ? node : null)
      })
    }
  },
}
