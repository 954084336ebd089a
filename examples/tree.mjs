/** A ratchet tree at work: built, changed, drawn, sent and read again. Run it after `npm run build`. */
import { directPath, leafCount, nodeIndex, root, StudyTree } from 'copath/tree'

// five members; the seed makes every run the same
const tree = StudyTree.build(['Ann', 'Ben', 'Cid', 'Dot', 'Eve'], { seed: 'an example' })
for (const leaf of tree.members()) tree.commit(leaf)
tree.add('Fay')
tree.remove(1)
console.log(tree.draw({ highlight: 2 }))

// Cid, at leaf 2, makes new keys for its path: each secret is encrypted to the resolution of the other child
const { path, recipients } = tree.commit(2)
path.nodes.forEach((node, i) => {
  console.log(`the secret of node ${node} is encrypted to nodes ${recipients[i].join(', ')}`)
})
for (const leaf of tree.members()) {
  const nodes = tree.knownKeys(leaf).map(({ node }) => node)
  console.log(`${tree.nameOf(leaf)} holds the keys of nodes ${nodes.join(', ')}`)
}

// others see the public tree, and check all of it
const copy = StudyTree.read(tree.encode())
console.log('drawn the same after sending:', copy.draw() === tree.draw())

// the arithmetic alone, for any number of leaves
const n = leafCount(6)
console.log(`6 leaves: root ${root(n)}, direct path of node 8: ${directPath(nodeIndex(8, n), n).join(', ')}`)
