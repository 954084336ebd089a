/** Members of groups of any size in which every node has a key, made without playing their history. */
import { GROUP_ID, type TreeFixture } from '../../bench/fixtures/trees.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { Epoch } from '../../src/mls/epoch.ts'
import { epochContext, readContextExtensions } from '../../src/mls/epoch-context.ts'
import { settingsOf } from '../../src/mls/group-config.ts'
import { GroupCore } from '../../src/mls/group-core.ts'
import { deriveFromJoiner, zeroSecret } from '../../src/mls/key-schedule.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { NOW } from './group-world.ts'

/** A member of a full tree whose epoch is made up, the same for all. The tree is the fixture's own. */
export function memberOf(suite: CipherSuite, fixture: TreeFixture, leaf: number): GroupCore {
  const settings = settingsOf({ clock: () => NOW, handshake: 'private' })
  const context = epochContext(readContextExtensions(suite.id, []), {
    groupId: GROUP_ID,
    epoch: 9n,
    treeHash: fixture.tree.stage().treeHash(),
    confirmedTranscriptHash: new Uint8Array(32),
  })
  const joiner = new Uint8Array(32).fill(3)
  const inputs = { pskSecret: zeroSecret(suite), groupContext: context.encoded }
  const { secrets } = deriveFromJoiner(suite, joiner, inputs)
  const fixed = new Uint8Array(32)
  const leaves = fixture.tree.leafCount
  const parts = { context, secrets, interimTranscriptHash: fixed, confirmationTag: fixed, leaves }
  const epoch = new Epoch(suite, parts, undefined)
  return new GroupCore({
    suite,
    settings,
    tree: fixture.tree,
    leaf: leaf as LeafIndex,
    held: fixture.heldBy(leaf),
    epoch,
    signer: fixture.signerOf(leaf),
  })
}
