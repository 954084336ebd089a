/** RFC 9420 sections 7.5, 7.6 and 12.4.2: update paths of a member that means harm, tied and signed anew so that the deep checks are met. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { encodeTree } from '../../src/mls/group-tree.ts'
import { signLeaf } from '../../src/mls/leaf-signature.ts'
import { openUpdatePath } from '../../src/mls/process-path.ts'
import { pathParentHashes } from '../../src/mls/treekem.ts'
import { packedCiphertexts as packed, UpdatePath } from '../../src/mls/update-path.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { keyPairOf, signerOf } from './leaves.ts'
import { World } from './tree-world.ts'

const suite = defaultProvider().suite(3)
const NONE: ReadonlySet<number> = new Set()
const groupContext = utf8('context')
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `${'00'.repeat(31)}80`,
  `ec${'ff'.repeat(31)}`,
].map(fromHex)

// twelve members, blanks and unmerged leaves: nodes are encrypted to several keys each
const world = new World(suite)
world.commit(0 as LeafIndex, { adds: 11, removes: [], updates: [] })
for (const leaf of [1, 2, 4, 6, 9]) world.commit(leaf as LeafIndex, { adds: 0, removes: [], updates: [] })
world.commit(3 as LeafIndex, { adds: 1, removes: [5 as LeafIndex, 10 as LeafIndex], updates: [8 as LeafIndex] })
const sender = 2 as LeafIndex
const { seed } = world.members.get(sender)!
const staged = world.tree.stage()
const current = staged.leafNode(sender)!
const prepared = preparePath(suite, staged, {
  leaf: sender,
  groupId: world.groupId,
  current,
  signer: signerOf(suite, seed),
  added: NONE,
})
const good = prepared.seal(staged, groupContext)
const { nodes } = prepared.path

/** The same path with other nodes: the parent hash is made to fit them, and the leaf is signed again. */
function retied(path: UpdatePath): UpdatePath {
  const keys = path.nodes.map(({ encryptionKey }) => encryptionKey)
  const { signature: _, ...leaf } = path.leafNode
  const parentHash = pathParentHashes(suite, world.tree.stage(), prepared.path, keys).leaf
  const content = { ...leaf, parentHash } as Parameters<typeof signLeaf>[2]
  const place = { groupId: world.groupId, leafIndex: sender }
  return { ...path, leafNode: signLeaf(suite, signerOf(suite, seed), content, place) }
}

const withNode = (i: number, change: Partial<UpdatePath['nodes'][number]>): UpdatePath => ({
  ...good,
  nodes: good.nodes.map((node, k) => (k === i ? { ...node, ...change } : node)),
})

/** What a member says to a path. Its keys stay as they are, and so does the tree where the public part is refused. */
function received(update: UpdatePath, by = 0, counted = suite): Record<string, unknown> | undefined {
  const tree = world.tree.stage()
  const before = toHex(encodeTree(tree.nodes))
  const { held } = world.members.get(by as LeafIndex)!
  const heldBefore = held.nodes().map(node => held.at(node))
  let isApplied = false
  try {
    const applied = applyUpdatePath(counted, tree, update, { sender, added: NONE })
    isApplied = true
    const { commitSecret, newKeys } = openUpdatePath(counted, tree, applied, { held, groupContext })
    newKeys.wipe()
    expect(commitSecret.bytes).toEqual(prepared.commitSecret.bytes)
    return undefined
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return { code: error.code, ...error.details }
  } finally {
    if (!isApplied) expect(toHex(encodeTree(tree.nodes))).toBe(before)
    expect(held.nodes().map(node => held.at(node))).toEqual(heldBefore)
    expect(toHex(encodeTree(world.tree.stage().nodes))).toBe(before)
  }
}

const others = [...world.members.keys()].filter(leaf => leaf !== sender)

describe('a path made to fit', () => {
  it('is taken by all when it is right, whoever ties it', () => {
    for (const leaf of others) expect(received(retied(good), leaf)).toBeUndefined()
  })

  it('with a key that nobody can derive is refused by all who derive that node, by name', () => {
    nodes.forEach((node, i) => {
      const hostile = retied(withNode(i, { encryptionKey: keyPairOf(suite, 7000 + i).publicKey }))
      for (const leaf of others) {
        const place = prepared.path.copath.findIndex(at => leafIsBelow(leaf, at))
        expect(received(hostile, leaf)).toEqual(place <= i ? { code: 'wrong-path-secret', node } : undefined)
      }
    })
  })

  it('with keys in another order', () => {
    const swapped = [...good.nodes]
    ;[swapped[0], swapped[1]] = [
      { ...good.nodes[0]!, encryptionKey: good.nodes[1]!.encryptionKey },
      { ...good.nodes[1]!, encryptionKey: good.nodes[0]!.encryptionKey },
    ]
    expect(received({ ...good, nodes: swapped })).toMatchObject({ code: 'wrong-parent-hash', node: 4 })
    expect(received(retied({ ...good, nodes: swapped }))).toMatchObject({ code: 'wrong-path-secret' })
  })

  it('with the ciphertexts of a node given to the wrong members', () => {
    const several = good.nodes.findIndex(({ encryptedPathSecret }) => encryptedPathSecret.length > 1)
    expect(several).toBeGreaterThanOrEqual(0)
    const hostile = withNode(several, {
      encryptedPathSecret: packed([...good.nodes[several]!.encryptedPathSecret].reverse()),
    })
    const found = others.map(leaf => received(hostile, leaf)?.['code'])
    expect(found.filter(code => code === 'invalid-tag').length).toBeGreaterThan(1)
    expect(new Set(found)).toEqual(new Set([undefined, 'invalid-tag']))
  })
})

function leafIsBelow(leaf: number, node: number): boolean {
  const reach = 2 ** (31 - Math.clz32(~node & (node + 1)))
  return 2 * leaf > node - reach && 2 * leaf < node + reach
}

describe('points of low order', () => {
  it('are refused as the key of any node and of the leaf, before anything is hashed', () => {
    const counting = countOperations(defaultProvider())
    for (const encryptionKey of LOW_ORDER) {
      nodes.forEach((node, i) => {
        const { hash } = counting.during(() => {
          const found = received(withNode(i, { encryptionKey }), 0, counting.suite(3))
          expect(found).toEqual({ code: 'low-order-point', node })
        })
        expect(hash).toBe(0)
      })
      const leafNode = { ...good.leafNode, encryptionKey }
      expect(received(retied({ ...good, leafNode }))).toEqual({ code: 'low-order-point', node: 2 * sender })
    }
  })

  it('are refused as a KEM output by the one who would use it', () => {
    const place = prepared.path.copath.findIndex(at => leafIsBelow(0, at))
    for (const kemOutput of LOW_ORDER) {
      const encryptedPathSecret = packed(
        [...good.nodes[place]!.encryptedPathSecret].map(({ ciphertext }) => ({
          kemOutput,
          ciphertext,
        })),
      )
      expect(received(withNode(place, { encryptedPathSecret }))).toMatchObject({ code: 'low-order-point' })
    }
  })
})

describe('a path that is too long, in any of its parts', () => {
  const counting = countOperations(defaultProvider())
  const many = 20_000
  it.each<[string, () => UpdatePath, unknown]>([
    [
      'many nodes',
      () => ({ ...good, nodes: Array.from({ length: many }, () => good.nodes[0]!) }),
      { code: 'wrong-path-length', expected: nodes.length, got: many },
    ],
    [
      'many ciphertexts',
      () =>
        withNode(1, {
          encryptedPathSecret: packed(Array.from({ length: many }, () => good.nodes[1]!.encryptedPathSecret.at(0)!)),
        }),
      {
        code: 'wrong-ciphertext-count',
        node: nodes[1],
        expected: good.nodes[1]!.encryptedPathSecret.length,
        got: many,
      },
    ],
    [
      'a long key',
      () => withNode(1, { encryptionKey: new Uint8Array(1e6) }),
      { code: 'invalid-public-key', node: nodes[1], length: 1e6 },
    ],
    [
      'a long ciphertext',
      () =>
        withNode(0, {
          encryptedPathSecret: packed(
            [...good.nodes[0]!.encryptedPathSecret].map(c => ({ ...c, ciphertext: new Uint8Array(1e6) })),
          ),
        }),
      { code: 'wrong-ciphertext-length', node: nodes[0] },
    ],
    [
      'a long parent hash',
      () => ({ ...good, leafNode: { ...good.leafNode, parentHash: new Uint8Array(1e6) } as UpdatePath['leafNode'] }),
      { code: 'wrong-parent-hash', node: 4 },
    ],
  ])('%s: refused without a key operation', (_, make, expected) => {
    const update = decode(UpdatePath, encode(UpdatePath, make()))
    const { dh, base, aead, sign, verify } = counting.during(() => {
      expect(received(update, 0, counting.suite(3))).toEqual(expected)
    })
    expect([dh, base, aead, sign, verify]).toEqual([0, 0, 0, 0, 0])
  })
})

describe('an encoding', () => {
  const bytes = encode(UpdatePath, good)
  const decoded = (hostile: Uint8Array): UpdatePath | RejectedError => {
    try {
      return decode(UpdatePath, hostile)
    } catch (error) {
      if (error instanceof RejectedError) return error
      throw error
    }
  }

  it('cut anywhere is truncated, and nothing may follow it', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(decoded(bytes.subarray(0, length))).toMatchObject({ code: 'truncated' })
    }
    expect(decoded(concat(bytes, Uint8Array.of(0)))).toMatchObject({ code: 'trailing-bytes' })
  })

  it('of anything is refused, or is a path and encoded the same', () => {
    const mutation = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const mutated = mutation.map(changes => {
      const hostile = bytes.slice()
      for (const [at, byte] of changes) hostile[at] = byte
      return hostile
    })
    let read = 0
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated, mutated), hostile => {
        const path = decoded(hostile)
        if (path instanceof RejectedError) return
        read++
        expect(encode(UpdatePath, path)).toEqual(hostile)
        const found = received(path)
        // what is taken differs from the good one only in what concerns others, or in the signature, which is not looked at here
        if (found !== undefined) expect(typeof found['code']).toBe('string')
      }),
      { numRuns: 1000 },
    )
    expect(read).toBeGreaterThan(50)
  })
})

it('a sender outside of the tree is the caller’s mistake, and changes nothing', () => {
  const tree = world.tree.stage()
  const before = toHex(encodeTree(tree.nodes))
  for (const leaf of [16, 100, 2 ** 31, -1, 0.5] as LeafIndex[]) {
    const request = { leaf, groupId: world.groupId, current, signer: signerOf(suite, seed), added: NONE }
    expect(() => preparePath(suite, tree, request)).toThrow(expect.objectContaining({ code: 'outside-tree' }))
    expect(() => applyUpdatePath(suite, tree, good, { sender: leaf, added: NONE })).toThrow(UsageError)
  }
  expect(toHex(encodeTree(tree.nodes))).toBe(before)
})
