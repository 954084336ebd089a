/** Trees of vectors: read, and checked as far as the format goes. */
import { RejectedError } from '../../base/errors.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { GroupTree } from '../../mls/group-tree.ts'
import { checkLeafSignature } from '../../mls/leaf-signature.ts'
import { loadTree, readTree } from '../../mls/load-tree.ts'
import { ProtocolVersion } from '../../mls/registries.ts'
import type { Given } from './given.ts'

/** What leaves must support of each other and of a group, about which the formats say nothing. */
const BEYOND_THE_FORMATS = 'missing-capability'

/**
 * A tree whose parent hashes and leaf signatures are checked, as the formats ask. A tree that a group would take goes through the
 * group's own checks of a received tree as well. Leaves need not list the suite: the generator of the published vectors left out 7.
 */
export function validTree(suite: CipherSuite, given: Given, groupId: Uint8Array): GroupTree {
  const bytes = given.bytes()
  const tree = readTree(suite, bytes)
  for (const leaf of tree.leaves()) {
    checkLeafSignature(suite, tree.leafNode(leaf)!, { groupId, leafIndex: leaf }, { leaf })
  }
  given.mustBe(tree.encode())
  const group = {
    version: ProtocolVersion.of.mls10,
    cipherSuite: suite.id,
    extensionTypes: [],
    required: undefined,
    unlistedSuite: true,
  }
  try {
    return loadTree(bytes, { suite, groupId, group, treeHash: tree.stage().treeHash() })
  } catch (error) {
    if (error instanceof RejectedError && error.code === BEYOND_THE_FORMATS) return tree
    throw error
  }
}
