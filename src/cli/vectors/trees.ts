/** Trees of vectors: read, and checked as far as the format goes. */
import { RejectedError } from '../../base/errors.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { GroupTree } from '../../mls/group-tree.ts'
import { checkLeafSignature } from '../../mls/leaf-signature.ts'
import { loadTree, readTree } from '../../mls/load-tree.ts'
import { ProtocolVersion } from '../../mls/registries.ts'
import type { Given } from './given.ts'

/** About the leaves of a group whose demands the formats do not state. */
const BEYOND_THE_FORMATS = ['missing-capability', 'unsupported-credential']

/**
 * A tree whose parent hashes and leaf signatures are checked, as the formats ask. A tree that a group would take goes through the
 * group's own checks of a received tree as well. Some would not: the leaves of suite 7 in the published treekem.json do not say that
 * they support suite 7, and section 7.3 lets no such leaf into a group; what the format says about them holds all the same.
 */
export function validTree(suite: CipherSuite, given: Given, groupId: Uint8Array): GroupTree {
  const bytes = given.bytes()
  const tree = readTree(suite, bytes)
  for (const leaf of tree.leaves()) {
    checkLeafSignature(suite, tree.leafNode(leaf)!, { groupId, leafIndex: leaf }, { leaf })
  }
  given.mustBe(tree.encode())
  const group = { version: ProtocolVersion.of.mls10, cipherSuite: suite.id, extensionTypes: [], required: undefined }
  try {
    return loadTree(bytes, { suite, groupId, group, treeHash: tree.stage().treeHash() })
  } catch (error) {
    if (error instanceof RejectedError && BEYOND_THE_FORMATS.includes(error.code)) return tree
    throw error
  }
}
