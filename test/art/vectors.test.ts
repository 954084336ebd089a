/** Known answers of others, from an independent implementation in another language. */
import { expect, it } from 'vitest'
import { buildTree } from '../../src/art/build.ts'
import { climb, publicKeysOf } from '../../src/art/climb.ts'
import type { IotaName } from '../../src/art/iota.ts'
import { exchangeInvited, exchangeMany, leafSecret } from '../../src/art/key-exchange.ts'
import { confirmationOf, deriveStageKey, handshakeMac, NO_STAGE_KEY, stageContext } from '../../src/art/key-schedule.ts'
import { MemberList } from '../../src/art/members.ts'
import { PublicTree, StagedTree } from '../../src/art/public-tree.ts'
import { createArtSuite } from '../../src/art/suite.ts'
import { UpdateTBM } from '../../src/art/wire.ts'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { leafCount, leafIndex, nodeOfLeaf, root } from '../../src/tree/math.ts'
import { describeVectors } from '../vectors/locate.ts'

interface GroupVector {
  n: number
  group_id: string
  leaf_secrets: string[]
  tree_in_order: string[]
  tree_key: string
  members_hash: string
  tree_hash: string
  stage_key_0: string
  update: {
    leaf: number
    new_leaf_secret: string
    path: string[]
    tree_key: string
    tree_hash: string
    stage_key_1: string
    confirmation: string
    tbm: string
    mac: string
  }
}

interface ArtVectors {
  iota: { input: string; hkdf: string; draft_sha256: string; java_poc: string }
  groups: GroupVector[]
  leaf_kx_3dh: {
    suk: string
    initiator_kx: string
    prekey: string
    member_kx: string
    group_id: string
    index: number
    leaf_secret: string
  }
}

const provider = createProvider()
const suite = createArtSuite(provider)
const join = (items: readonly string[]): Uint8Array => fromHex(items.join(''))

/** The generator derives the keys of its members from hashes of their indices. */
function membersOf(n: number): MemberList {
  const seed = (kind: string, i: number) => suite.hash.digest(utf8(`vector seed${kind}|${i}|`))
  return MemberList.of(
    Array.from({ length: n }, (_, i) => ({
      id: utf8(`member${i}`),
      sigKey: suite.dh.publicKey(seed('sig', i)),
      kxKey: suite.dh.publicKey(seed('kx', i)),
    })),
  )
}

describeVectors<{ art: ArtVectors }>('seed-protocols.json', ({ art }) => {
  it.each([
    ['hkdf', art.iota.hkdf],
    ['draft', art.iota.draft_sha256],
    ['java_poc', art.iota.java_poc],
  ] as const)('A41: the mapping %s of shared secrets to node secrets', (name: IotaName, expected) => {
    const { iota } = createArtSuite(provider, name)
    const input = fromHex(art.iota.input)
    expect(toHex(iota.one(input))).toBe(expected)
    expect(toHex(iota.many(fromHex(art.iota.input + art.iota.input)))).toBe(expected + expected)
  })

  it.each(art.groups)('A24, A36, A37, A38: tree, stage keys and update of $n members', vector => {
    const groupId = utf8(vector.group_id)
    const n = leafCount(vector.n)
    const built = buildTree(suite, join(vector.leaf_secrets))
    const blanked = vector.tree_in_order.map((key, x) => (x === root(n) ? '00'.repeat(32) : key))
    expect(toHex(built.keys)).toBe(blanked.join(''))
    const treeKey = built.secrets.get(root(n))!
    expect(toHex(treeKey)).toBe(vector.tree_key)
    // the root is never published, yet its key is what the secret says
    expect(toHex(suite.dh.publicKey(treeKey))).toBe(vector.tree_in_order[root(n)])

    const members = membersOf(vector.n)
    const membersHash = members.hash(suite)
    expect(toHex(membersHash)).toBe(vector.members_hash)
    const tree = PublicTree.from(suite, built.keys)
    expect(toHex(tree.hash(root(n)))).toBe(vector.tree_hash)
    const context0 = stageContext({ groupId, stage: 0n, membersHash, treeHash: tree.hash(root(n)) })
    const stageKey0 = deriveStageKey(suite, NO_STAGE_KEY, treeKey, context0)
    expect(toHex(stageKey0)).toBe(vector.stage_key_0)

    const { update } = vector
    const leaf = leafIndex(update.leaf, n)
    const staged = new StagedTree(suite, tree)
    const climbed = climb(suite, staged, nodeOfLeaf(leaf), fromHex(update.new_leaf_secret))
    const path = publicKeysOf(suite, climbed)
    expect(toHex(path)).toBe(update.path.join(''))
    expect(toHex(climbed.secrets.subarray(-32))).toBe(update.tree_key)
    update.path.forEach((key, i) => {
      staged.setKey(climbed.nodes[i]!, fromHex(key))
    })
    const treeHash = staged.rehash()
    expect(toHex(treeHash)).toBe(update.tree_hash)
    const context1 = stageContext({ groupId, stage: 1n, membersHash, treeHash })
    const stageKey1 = deriveStageKey(suite, stageKey0, fromHex(update.tree_key), context1)
    expect(toHex(stageKey1)).toBe(update.stage_key_1)
    const confirmation = confirmationOf(suite, stageKey1, context1)
    expect(toHex(confirmation)).toBe(update.confirmation)
    const tbm = encode(UpdateTBM, { groupId, stage: 0n, leafIndex: update.leaf, path, confirmation })
    expect(toHex(tbm)).toBe(update.tbm)
    expect(toHex(handshakeMac(suite, stageKey0, 'update', tbm))).toBe(update.mac)
  })

  it('A35: both sides of the leaf key exchange', () => {
    const kx = art.leaf_kx_3dh
    const [suk, ik0, ek, ik] = [kx.suk, kx.initiator_kx, kx.prekey, kx.member_kx].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const publicKey = (key: Uint8Array) => suite.dh.publicKey(key)
    const place = { groupId: utf8(kx.group_id), index: kx.index }
    const inviting = exchangeMany(
      suite,
      { kx: 'three_dh', identityKey: ik0, setupKey: suk },
      { identityKeys: ByteList.of([publicKey(ik)]), prekeys: ByteList.of([publicKey(ek)]) },
    )
    expect(toHex(leafSecret(suite, inviting, place))).toBe(kx.leaf_secret)
    const invited = exchangeInvited(
      suite,
      { kx: 'three_dh', identityKey: ik, prekey: ek },
      { identityKey: publicKey(ik0), setupKey: publicKey(suk) },
    )
    expect(toHex(leafSecret(suite, invited, place))).toBe(kx.leaf_secret)
  })
})
