/** TreeKEM among 100,000 members of whom a few are real: random commits and removals, each followed by all the real ones. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { GroupTree } from '../../src/mls/group-tree.ts'
import { HeldKeys } from '../../src/mls/held-keys.ts'
import { readTree } from '../../src/mls/load-tree.ts'
import { openUpdatePath } from '../../src/mls/process-path.ts'
import { UpdatePath } from '../../src/mls/update-path.ts'
import { type LeafIndex, level, type NodeIndex, nodeOfLeaf } from '../../src/tree/math.ts'
import { keyPairOf, makeLeaf, signerOf } from './leaves.ts'

const suite = defaultProvider().suite(1)
const groupId = utf8('group')
const MEMBERS = 100_000
const REAL = [0, 1, 31_337, 65_535, 65_536, 99_998, 99_999] as LeafIndex[]

describe('a sparse group of 100,000', () => {
  const template = makeLeaf(suite, -1)
  const tree = new GroupTree(suite)
  const staged = tree.stage()
  for (let leaf = 0; leaf < MEMBERS; leaf++) {
    const key = new Uint8Array(32).fill(9)
    new DataView(key.buffer).setUint32(0, leaf)
    const isReal = REAL.includes(leaf as LeafIndex)
    staged.add(isReal ? makeLeaf(suite, leaf) : { ...template, encryptionKey: key, signatureKey: key })
  }
  staged.treeHash()
  staged.merge()
  const held = new Map(REAL.map(leaf => [leaf, new HeldKeys(leaf, keyPairOf(suite, leaf))]))
  // the others are left out as if they had just joined: an encryption to each of them would take seconds
  const others = new Set(
    Array.from({ length: MEMBERS }, (_, leaf) => leaf).filter(leaf => !held.has(leaf as LeafIndex)),
  )

  it('agrees after every commit, touches paths only, and equals its serialised form in the end', () => {
    for (let turn = 0; turn < 40; turn++) {
      const sender = REAL[(turn * 5 + 2) % REAL.length]!
      const change = tree.stage()
      // somebody who is not real leaves now and then, here and there
      if (turn % 4 === 3) change.remove(((turn * 24_593 + 11) % 60_000) as LeafIndex)
      const current = change.leafNode(sender)!
      const request = { leaf: sender, groupId, current, signer: signerOf(suite, sender), added: others }
      const prepared = preparePath(suite, change, request)
      const context = utf8(`turn ${turn}`)
      const update = decode(UpdatePath, encode(UpdatePath, prepared.seal(change, context)))
      expect(prepared.encryptions).toBeLessThanOrEqual(17 + REAL.length)
      change.treeHash()
      expect(change.nodes.touchedCount).toBeLessThanOrEqual(2 * 18)

      const received = tree.stage()
      if (turn % 4 === 3) received.remove(((turn * 24_593 + 11) % 60_000) as LeafIndex)
      const applied = applyUpdatePath(suite, received, update, { sender, added: others })
      expect(toHex(received.treeHash())).toBe(toHex(change.treeHash()))
      const learnt = REAL.filter(leaf => leaf !== sender).map(leaf => {
        const secrets = openUpdatePath(suite, received, applied, { held: held.get(leaf)!, groupContext: context })
        expect(secrets.commitSecret.bytes).toEqual(prepared.commitSecret.bytes)
        return { leaf, secrets }
      })
      change.merge()
      held.get(sender)!.adopt(prepared.newKeys(), tree.store)
      for (const { leaf, secrets } of learnt) held.get(leaf)!.adopt(secrets.newKeys, tree.store)
      prepared.wipe()
    }
    for (const [leaf, keys] of held) {
      for (const node of keys.nodes()) {
        const reach = 2 ** level(node)
        expect(Math.abs(nodeOfLeaf(leaf) - node)).toBeLessThan(reach)
        expect(tree.store.publicKeyAt(node as NodeIndex)).toEqual(keys.at(node)!.publicKey)
      }
    }
    const loaded = readTree(suite, tree.encode())
    expect(toHex(loaded.stage().treeHash())).toBe(toHex(tree.stage().treeHash()))
  })
})
