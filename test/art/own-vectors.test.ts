/** The known answers of this repository, and the shape of the tree, against the recursive oracle. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildTree } from '../../src/art/build.ts'
import { climb, pathNodes, publicKeysOf, secretAt } from '../../src/art/climb.ts'
import { createArtSuite } from '../../src/art/index.ts'
import { exchangeInvited, exchangeMany, leafSecret } from '../../src/art/key-exchange.ts'
import { confirmationOf, deriveStageKey, handshakeMac, NO_STAGE_KEY, stageContext } from '../../src/art/key-schedule.ts'
import { MemberList } from '../../src/art/members.ts'
import { MessageKeys } from '../../src/art/message-keys.ts'
import { PublicTree, StagedTree } from '../../src/art/public-tree.ts'
import { UpdateTBM } from '../../src/art/wire.ts'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import {
  copath,
  depth,
  leafCount,
  leafIndex,
  left,
  nodeOfLeaf,
  root,
  subtreeEnd,
  subtreeStart,
} from '../../src/tree/math.ts'
import { build, copathTo, inOrder, leftLeaves, type OracleNode, pathTo, treeHash } from './oracle.ts'
import { type OwnVectors, ownVectors } from './own-vectors.ts'
import { seededRandom } from './world.ts'

const suite = createArtSuite(createProvider())
const vectors = JSON.parse(readFileSync(new URL('own-vectors.json', import.meta.url), 'utf8')) as OwnVectors

/** Public keys as they travel: without that of the root. */
function blanked(keys: readonly Uint8Array[], n: number): Uint8Array {
  const top = root(leafCount(n))
  return concat(...keys.map((key, x) => (x === top ? new Uint8Array(32) : key)))
}

describe('known answers of the oracle', () => {
  it('are what the committed file has', () => {
    expect(ownVectors()).toEqual(vectors)
  })

  it.each(vectors.groups)('A03, A13, A38: every derivation for $n members', vector => {
    const n = leafCount(vector.n)
    const groupId = fromHex(vector.groupId)
    const built = buildTree(suite, fromHex(vector.leafSecrets.join('')))
    expect(toHex(built.keys)).toBe(toHex(blanked(vector.tree.map(fromHex), vector.n)))
    const treeKey = built.secrets.get(root(n))!
    expect(toHex(treeKey)).toBe(vector.treeKey)
    const tree = PublicTree.from(suite, built.keys)
    expect(toHex(tree.hash(root(n)))).toBe(vector.treeHash)
    const people = vector.members.map(m => ({
      id: fromHex(m.id),
      sigKey: fromHex(m.sigKey),
      kxKey: fromHex(m.kxKey),
    }))
    const membersHash = MemberList.of(people).hash(suite)
    expect(toHex(membersHash)).toBe(vector.membersHash)
    const context0 = stageContext({ groupId, stage: 0n, membersHash, treeHash: tree.hash(root(n)) })
    const stageKey0 = deriveStageKey(suite, NO_STAGE_KEY, treeKey, context0)
    expect(toHex(stageKey0)).toBe(vector.stageKey0)

    const { update } = vector
    const staged = new StagedTree(suite, tree)
    const climbed = climb(suite, staged, nodeOfLeaf(leafIndex(update.leaf, n)), fromHex(update.secret))
    const path = publicKeysOf(suite, climbed)
    expect(toHex(path)).toBe(update.path.join(''))
    climbed.nodes.slice(0, -1).forEach((x, i) => {
      staged.setKey(x, path.subarray(32 * i, 32 * (i + 1)))
    })
    const hash = staged.rehash()
    expect(toHex(hash)).toBe(update.treeHash)
    const context1 = stageContext({ groupId, stage: 1n, membersHash, treeHash: hash })
    const stageKey1 = deriveStageKey(suite, stageKey0, secretAt(climbed, climbed.nodes.length - 1), context1)
    expect(toHex(stageKey1)).toBe(update.stageKey1)
    const confirmation = confirmationOf(suite, stageKey1, context1)
    expect(toHex(confirmation)).toBe(update.confirmation)
    const tbm = encode(UpdateTBM, { groupId, stage: 0n, leafIndex: update.leaf, path, confirmation })
    expect(toHex(tbm)).toBe(update.tbm)
    expect(toHex(handshakeMac(suite, stageKey0, 'update', tbm))).toBe(update.mac)
    const attempt = new MessageKeys(suite, 1n, stageKey1, vector.n).attempt(update.leaf, vector.message.generation)
    expect([toHex(attempt.key), toHex(attempt.nonce)]).toEqual([vector.message.key, vector.message.nonce])
  })

  it.each(vectors.exchanges)('A35: both sides of $kx', ({ kx, index, groupId, secret, ...keys }) => {
    const [suk, ik0, ek, ik] = [keys.suk, keys.ik0, keys.ek, keys.ik].map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const publicKey = (key: Uint8Array) => suite.dh.publicKey(key)
    const place = { groupId: fromHex(groupId), index }
    const lists = { identityKeys: ByteList.of([publicKey(ik)]), prekeys: ByteList.of([publicKey(ek)]) }
    const inviting = exchangeMany(suite, { kx, identityKey: ik0, setupKey: suk }, lists)
    expect(toHex(leafSecret(suite, inviting, place))).toBe(secret)
    const own = { kx, identityKey: ik, prekey: ek }
    const invited = exchangeInvited(suite, own, { identityKey: publicKey(ik0), setupKey: publicKey(suk) })
    expect(toHex(leafSecret(suite, invited, place))).toBe(secret)
  })
})

describe('tree', () => {
  it('A39: the left subtree of n leaves has 2^(ceil(log2 n) - 1) leaves, for n = 2 to 4096', () => {
    for (let n = 2; n <= 4096; n++) {
      const count = leafCount(n)
      const below = left(root(count))
      const leaves = (subtreeEnd(below, count) - subtreeStart(below)) / 2 + 1
      expect(leaves).toBe(2 ** (Math.ceil(Math.log2(n)) - 1))
      expect(leaves).toBe(leftLeaves(n))
      expect(depth(nodeOfLeaf(leafIndex(0, count)), count)).toBe(Math.ceil(Math.log2(n)))
    }
  })

  it('A24: secrets, keys, paths, copaths and hashes equal the recursive definition for n = 2 to 64', () => {
    const all = new Uint8Array(32 * 64)
    seededRandom('oracle')(all)
    const known = new Map<string, OracleNode>()
    for (let n = 2; n <= 64; n++) {
      const bytes = all.subarray(0, 32 * n)
      const secrets = Array.from({ length: n }, (_, i) => bytes.subarray(32 * i, 32 * (i + 1)))
      const oracle = build(secrets, known)
      const nodes = inOrder(oracle)
      const built = buildTree(suite, bytes)
      const count = leafCount(n)
      expect(toHex(built.keys)).toBe(
        toHex(
          blanked(
            nodes.map(({ key }) => key),
            n,
          ),
        ),
      )
      const tree = PublicTree.from(suite, built.keys)
      expect(toHex(tree.hash(root(count)))).toBe(toHex(treeHash(oracle)))
      for (const i of [0, n >> 1, n - 1]) {
        const leaf = leafIndex(i, count)
        const path = pathTo(oracle, i)
        const climbed = climb(suite, tree, nodeOfLeaf(leaf), path[0]!.secret)
        expect(climbed.nodes.map((_, at) => toHex(secretAt(climbed, at)))).toEqual(path.map(p => toHex(p.secret)))
        expect(pathNodes(leaf, count).map(x => nodes[x])).toEqual(path.slice(0, -1))
        expect(copath(nodeOfLeaf(leaf), count).map(x => nodes[x])).toEqual(copathTo(oracle, i))
      }
    }
  })

  it('A16: in the tree of 7 leaves member 5 reaches the root from its leaf and exactly 3 copath keys', () => {
    const secrets = seededRandom('figure 2')
    const bytes = new Uint8Array(32 * 7)
    secrets(bytes)
    const { keys, secrets: ownOfFirst } = buildTree(suite, bytes)
    const n = leafCount(7)
    const five = nodeOfLeaf(leafIndex(4, n))
    const used = copath(five, n)
    // pk6, the leaf of member 7, and the left subtree
    expect(used).toEqual([nodeOfLeaf(leafIndex(5, n)), nodeOfLeaf(leafIndex(6, n)), left(root(n))])
    // a tree that knows nothing but these three keys
    const bare = new Uint8Array(keys.length)
    for (const x of used) bare.set(keys.subarray(32 * x, 32 * x + 32), 32 * x)
    const onlyCopath = PublicTree.from(suite, bare)
    const climbed = climb(suite, onlyCopath, five, bytes.subarray(32 * 4, 32 * 5))
    expect(climbed.nodes.length).toBe(4)
    expect(toHex(secretAt(climbed, 3))).toBe(toHex(ownOfFirst.get(root(n))!))
    const whole = PublicTree.from(suite, keys)
    for (let i = 0; i < 7; i++) {
      const own = climb(suite, whole, nodeOfLeaf(leafIndex(i, n)), bytes.subarray(32 * i, 32 * (i + 1)))
      expect(toHex(secretAt(own, own.nodes.length - 1))).toBe(toHex(ownOfFirst.get(root(n))!))
    }
  })
})
