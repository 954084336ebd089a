/** RFC 9420 sections 7.5 and 12.4.2: update paths taken apart and put together wrongly; the tree and the keys stay as they were. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { applyUpdatePath } from '../../src/mls/apply-path.ts'
import { preparePath } from '../../src/mls/create-path.ts'
import { encodeTree } from '../../src/mls/group-tree.ts'
import { HeldKeys } from '../../src/mls/held-keys.ts'
import { signLeaf } from '../../src/mls/leaf-signature.ts'
import { keysFromWelcome, openUpdatePath } from '../../src/mls/process-path.ts'
import { packedCiphertexts as packed, UpdatePath } from '../../src/mls/update-path.ts'
import { type LeafIndex, level, type NodeIndex } from '../../src/tree/math.ts'
import { filteredDirectPath, resolution } from '../../src/tree/resolution.ts'
import { signerOf } from './leaves.ts'
import { World } from './tree-world.ts'

const suite = defaultProvider().suite(1)
const NONE: ReadonlySet<number> = new Set()
const nothing = { adds: 0, removes: [], updates: [] }

describe('hostile update paths', () => {
  const world = new World(suite)
  world.commit(0 as LeafIndex, { ...nothing, adds: 7 })
  for (let leaf = 0; leaf < 8; leaf++) world.commit(leaf as LeafIndex, nothing)
  world.commit(3 as LeafIndex, { ...nothing, removes: [6 as LeafIndex] })
  const sender = 2 as LeafIndex
  const groupContext = utf8('context')
  const staged = world.tree.stage()
  const seed = world.members.get(sender)!.seed
  const request = {
    leaf: sender,
    groupId: world.groupId,
    current: staged.leafNode(sender)!,
    signer: signerOf(suite, seed),
    added: NONE,
  }
  const prepared = preparePath(suite, staged, request)
  const good = prepared.seal(staged, groupContext)

  /** What becomes of a path at a member: its rejection, or undefined. The tree must be as before if the public part is refused. */
  function received(update: UpdatePath, by = 0): unknown {
    const tree = world.tree.stage()
    const { held } = world.members.get(by as LeafIndex)!
    const before = toHex(encodeTree(tree.nodes))
    const heldBefore = held.nodes().map(node => held.at(node))
    try {
      let applied: ReturnType<typeof applyUpdatePath>
      try {
        applied = applyUpdatePath(suite, tree, update, { sender, added: NONE })
      } catch (error) {
        expect(toHex(encodeTree(tree.nodes))).toBe(before)
        throw error
      }
      const secrets = openUpdatePath(suite, tree, applied, { held, groupContext })
      secrets.newKeys.wipe()
      secrets.commitSecret.wipe()
      return undefined
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      return { code: error.code, ...error.details }
    } finally {
      expect(held.nodes().map(node => held.at(node))).toEqual(heldBefore)
    }
  }

  const withNode = (i: number, change: Partial<UpdatePath['nodes'][number]>): UpdatePath => ({
    ...good,
    nodes: good.nodes.map((node, k) => (k === i ? { ...node, ...change } : node)),
  })
  /** Signed again by its sender, so that nothing but the check at hand can refuse it. */
  const withLeaf = (changes: object): UpdatePath => {
    const { signature: _, ...content } = { ...good.leafNode, ...changes }
    return {
      ...good,
      leafNode: signLeaf(suite, request.signer, content as never, { groupId: world.groupId, leafIndex: sender }),
    }
  }
  const otherKey = world.tree.store.publicKeyAt(13 as NodeIndex) ?? world.tree.store.publicKeyAt(10 as NodeIndex)!
  const nodes = prepared.path.nodes

  it('the honest one is accepted by everybody', () => {
    for (const leaf of world.members.keys()) if (leaf !== sender) expect(received(good, leaf)).toBeUndefined()
  })

  it.each<[string, () => UpdatePath, unknown]>([
    [
      'a node too few',
      () => ({ ...good, nodes: good.nodes.slice(1) }),
      { code: 'wrong-path-length', expected: 3, got: 2 },
    ],
    [
      'a node too many',
      () => ({ ...good, nodes: [...good.nodes, good.nodes[0]!] }),
      { code: 'wrong-path-length', expected: 3, got: 4 },
    ],
    ['no node at all', () => ({ ...good, nodes: [] }), { code: 'wrong-path-length', expected: 3, got: 0 }],
    [
      'a ciphertext too few',
      () => withNode(2, { encryptedPathSecret: packed([...good.nodes[2]!.encryptedPathSecret].slice(1)) }),
      { code: 'wrong-ciphertext-count', node: nodes[2], expected: 2, got: 1 },
    ],
    [
      'a ciphertext too many',
      () =>
        withNode(0, {
          encryptedPathSecret: packed([
            ...good.nodes[0]!.encryptedPathSecret,
            good.nodes[1]!.encryptedPathSecret.at(0)!,
          ]),
        }),
      { code: 'wrong-ciphertext-count', node: nodes[0], expected: 1, got: 2 },
    ],
    [
      'a short ciphertext',
      () =>
        withNode(1, {
          encryptedPathSecret: packed([{ kemOutput: new Uint8Array(32), ciphertext: new Uint8Array(47) }]),
        }),
      { code: 'wrong-ciphertext-length', node: nodes[1] },
    ],
    [
      'a long KEM output',
      () =>
        withNode(1, {
          encryptedPathSecret: packed([{ kemOutput: new Uint8Array(33), ciphertext: new Uint8Array(48) }]),
        }),
      { code: 'wrong-ciphertext-length', node: nodes[1] },
    ],
    [
      'a short key',
      () => withNode(1, { encryptionKey: new Uint8Array(31) }),
      { code: 'invalid-public-key', node: nodes[1], length: 31 },
    ],
    [
      'a low-order key',
      () => withNode(1, { encryptionKey: new Uint8Array(32) }),
      { code: 'low-order-point', node: nodes[1] },
    ],
    [
      'a key twice',
      () => withNode(2, { encryptionKey: good.nodes[0]!.encryptionKey }),
      { code: 'duplicate-key', node: nodes[2], field: 'encryption_key' },
    ],
    [
      'the key of the leaf in the path',
      () => withNode(0, { encryptionKey: good.leafNode.encryptionKey }),
      { code: 'duplicate-key', node: nodes[0], field: 'encryption_key' },
    ],
    [
      'a key of the tree',
      () => withNode(1, { encryptionKey: otherKey }),
      { code: 'duplicate-key', node: nodes[1], field: 'encryption_key' },
    ],
    [
      'the key that the node had',
      () => withNode(1, { encryptionKey: world.tree.store.publicKeyAt(nodes[1]!)! }),
      { code: 'duplicate-key', node: nodes[1], field: 'encryption_key' },
    ],
    [
      'the key that the leaf had',
      () => withLeaf({ encryptionKey: world.tree.leafNode(sender)!.encryptionKey }),
      { code: 'duplicate-key', node: 4, field: 'encryption_key' },
    ],
    [
      'a key that nobody announced',
      () => withNode(2, { encryptionKey: new Uint8Array(32).fill(9) }),
      { code: 'wrong-parent-hash', node: 4 },
    ],
    ['a wrong parent hash', () => withLeaf({ parentHash: new Uint8Array(32) }), { code: 'wrong-parent-hash', node: 4 }],
    [
      'a leaf of another source',
      () => withLeaf({ leafNodeSource: 'update' }),
      { code: 'wrong-leaf-source', expected: 'commit', got: 'update' },
    ],
  ])('%s', (_, make, expected) => {
    expect(received(make())).toEqual(expected)
  })

  it('a ciphertext that does not open', () => {
    const [first] = good.nodes[1]!.encryptedPathSecret
    const ciphertext = Uint8Array.from(first!.ciphertext, (byte, i) => (i === 5 ? byte ^ 1 : byte))
    const broken = withNode(1, { encryptedPathSecret: packed([{ ...first!, ciphertext }]) })
    expect(received(broken)).toEqual({ code: 'invalid-tag' })
    const lowOrder = withNode(1, { encryptedPathSecret: packed([{ ...first!, kemOutput: new Uint8Array(32) }]) })
    expect(received(lowOrder)).toMatchObject({ code: 'low-order-point' })
    // those to whom it is not addressed cannot tell
    expect(received(broken, 7)).toBeUndefined()
  })

  /** A path whose public part is right throughout, but a node's ciphertexts hold a secret that does not lead to its keys. */
  function lying(secret: Uint8Array): UpdatePath {
    const publicKey = world.tree.store.publicKeyAt(resolution(world.tree.store, prepared.path.copath[1]!)[0]!)!
    return withNode(1, {
      encryptedPathSecret: packed([suite.labels.encryptWithLabel(publicKey, 'UpdatePathNode', groupContext, secret)]),
    })
  }

  it('damaged anywhere: refused with a code, or of no concern to the member', () => {
    const bytes = encode(UpdatePath, good)
    const codes = new Set<string>()
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom(0, 3, 7),
        (at, flip, by) => {
          const broken = bytes.slice()
          broken[at]! ^= flip
          let update: UpdatePath
          try {
            update = decode(UpdatePath, broken)
          } catch (error) {
            expect(error).toBeInstanceOf(RejectedError)
            return
          }
          const refused = received(update, by) as { code: string } | undefined
          if (refused !== undefined) codes.add(refused.code)
        },
      ),
      { numRuns: 400 },
    )
    expect(codes).toContain('invalid-tag')
    expect(codes).toContain('wrong-parent-hash')
  })

  it('a secret that does not give the announced keys', () => {
    expect(received(lying(new Uint8Array(32).fill(7)))).toEqual({ code: 'wrong-path-secret', node: nodes[1] })
  })

  it('a welcome whose secret does not give the keys of the tree', () => {
    const tree = staged
    const leaf = 0 as LeafIndex
    const pathSecret = prepared.pathSecretFor(leaf)
    const shared = keysFromWelcome(suite, tree, { leaf, committer: sender, pathSecret })
    expect([...shared.pairs.keys()]).toEqual(nodes.filter(node => level(node) > 1))
    const refuse = (secret: Uint8Array, code: object) =>
      expect(() => keysFromWelcome(suite, tree, { leaf, committer: sender, pathSecret: secret })).toThrow(
        expect.objectContaining(code),
      )
    refuse(new Uint8Array(32), { code: 'wrong-path-secret', details: { node: nodes[1] } })
    refuse(new Uint8Array(31), { code: 'wrong-path-secret', details: { length: 31 } })
    expect(() => prepared.pathSecretFor(sender)).toThrow(UsageError)
  })

  it('keys that are not meant for it open nothing', () => {
    const stranger = new HeldKeys(0 as LeafIndex, suite.kem.generateKeyPair())
    stranger.adopt(undefined, world.tree.store)
    const tree = world.tree.stage()
    const applied = applyUpdatePath(suite, tree, good, { sender, added: NONE })
    expect(() => openUpdatePath(suite, tree, applied, { held: stranger, groupContext })).toThrow(
      expect.objectContaining({ code: 'no-path-key' }),
    )
  })

  it('filtered paths leave out what has nobody on the other side', () => {
    world.commit(0 as LeafIndex, { ...nothing, removes: [7 as LeafIndex] })
    // leaves 6 and 7 are gone: node 11 has leaves on its left only
    expect(filteredDirectPath(world.tree.store, 4 as LeafIndex)).toEqual({ leaf: 4, nodes: [9, 7], copath: [10, 3] })
  })
})
