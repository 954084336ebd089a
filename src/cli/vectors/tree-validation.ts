/** Vectors of received trees: RFC 9420 sections 4.1.1, 7.8 and 7.9. */
import type { NodeIndex } from '../../tree/math.ts'
import { width } from '../../tree/math.ts'
import { resolution } from '../../tree/resolution.ts'
import { present, suiteOf, type VectorKind } from './kind.ts'
import { validTree } from './trees.ts'

export const treeValidation: VectorKind = {
  name: 'tree-validation',
  fields: ['cipher_suite', 'tree', 'group_id', 'resolutions', 'tree_hashes'],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const tree = validTree(suite, given.at('tree'), given.at('group_id').bytes())
    const staged = tree.stage()
    staged.treeHash()
    const nodes = width(tree.leafCount)
    const [hashes, resolutions] = [given.at('tree_hashes'), given.at('resolutions')]
    for (const field of [hashes, resolutions]) {
      field.require(field.list().length === nodes, `should have ${nodes} items, not ${field.list().length}`)
    }
    hashes.list().forEach((hash, node) => {
      hash.mustBe(present(staged.nodes.treeHashAt(node as NodeIndex), hash, 'is of no node'))
    })
    resolutions.list().forEach((expected, node) => {
      expected.mustEqual(resolution(tree.store, node as NodeIndex))
    })
  },
}
