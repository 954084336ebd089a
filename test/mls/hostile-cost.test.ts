/** Trees made to be expensive: whatever a megabyte says, it is refused or loaded in time and memory that follow its length. */
import { describe, expect, it } from 'vitest'
import { RejectedError } from '../../src/base/errors.ts'
import { encode } from '../../src/codec/codec.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { type Node, RatchetTree } from '../../src/mls/tree-structs.ts'
import { directPath, type LeafIndex, leafCount, type NodeIndex, nodeOfLeaf, right } from '../../src/tree/math.ts'

const counting = countOperations(defaultProvider())
const suite = counting.suite(1)
const NOTHING = new Uint8Array(0)
const GARBAGE = new Uint8Array(32).fill(0xee)

function key(number: number, length = 32): Uint8Array {
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, number + 2)
  return bytes
}

/** The smallest leaf that can carry a parent hash, which makes everybody look whether it is right. */
function leafOf(index: number, changes: Partial<LeafNode> = {}): Node {
  const leafNode = {
    encryptionKey: key(index),
    signatureKey: key(index, 4),
    credential: { credentialType: 'basic', identity: NOTHING },
    capabilities: { versions: [], cipherSuites: [], extensions: [], proposals: [], credentials: [] },
    leafNodeSource: 'commit',
    parentHash: GARBAGE,
    extensions: [],
    signature: NOTHING,
    ...changes,
  } as LeafNode
  return { nodeType: 'leaf', leafNode }
}

const parentOf = (node: number, unmergedLeaves: number[] = [], parentHash = GARBAGE): Node => ({
  nodeType: 'parent',
  parentNode: { encryptionKey: key(2 ** 30 + node), parentHash, unmergedLeaves },
})

type Nodes = (Node | undefined)[]

/** Leaves at these places of a tree for `n`; a parent for each inner node for which `list` says what is unmerged there. */
function treeOf(n: number, leaves: readonly number[], list: (node: NodeIndex) => number[] | undefined): Nodes {
  const nodes: Nodes = new Array(2 * n - 1)
  for (const leaf of leaves) nodes[2 * leaf] = leafOf(leaf)
  for (let node = 1; node < nodes.length; node += 2) {
    const unmerged = list(node as NodeIndex)
    if (unmerged !== undefined) nodes[node] = parentOf(node, unmerged)
  }
  return nodes
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const ancestors = (leaf: number, n: number): NodeIndex[] => directPath(nodeOfLeaf(leaf as LeafIndex), leafCount(n))

/** For each node, the leaves of a set that are below it, all in one pass. */
function listsOf(leaves: readonly number[], n: number): Map<number, number[]> {
  const lists = new Map<number, number[]>()
  for (const leaf of leaves) {
    for (const node of ancestors(leaf, n)) {
      const list = lists.get(node)
      if (list === undefined) lists.set(node, [leaf])
      else list.push(leaf)
    }
  }
  return lists
}

const SHAPES: readonly [string, (n: number) => Nodes][] = [
  ['all parents have keys, and nothing ties any of them', n => treeOf(n, range(n), () => [])],
  [
    'all leaves but one are unmerged at the root, and all other parents are blank',
    n => treeOf(n, range(n), node => (node === n - 1 ? range(n).slice(1) : undefined)),
  ],
  [
    'all leaves but the first are unmerged at every parent',
    n => {
      const lists = listsOf(range(n).slice(1), n)
      return treeOf(n, range(n), node => lists.get(node)!)
    },
  ],
  [
    'every other leaf is unmerged at every parent',
    n => {
      const lists = listsOf(
        range(n).filter(leaf => leaf % 2 === 1),
        n,
      )
      return treeOf(n, range(n), node => lists.get(node) ?? [])
    },
  ],
  [
    'few leaves in a wide tree, unmerged at all their ancestors',
    n => {
      const leaves = range(n / 32).map(i => 32 * i + 31)
      const lists = listsOf(leaves, n)
      return treeOf(n, leaves, node => lists.get(node))
    },
  ],
  [
    'a long list low down, hashed again for each parent above, which lists one of its leaves',
    n => {
      const spine = ancestors(0, n)
      const bottom = n / 64 - 1
      // each of these could be what ties the parent above, so that the other side is looked at
      const beside = new Set<number>(spine.filter(node => node > bottom).map(node => right(node, leafCount(n))))
      const lists = listsOf(range(n / 64 - 1).slice(1), n)
      return treeOf(n, range(n), node => {
        if (beside.has(node)) return []
        if (!spine.includes(node)) return undefined
        return node > bottom ? [1] : (lists.get(node) ?? [])
      })
    },
  ],
  [
    'every second level is blank, so that resolutions go on and on',
    n =>
      treeOf(n, range(n), node => {
        const level = 31 - Math.clz32(~node & (node + 1))
        return level % 2 === 0 ? [] : undefined
      }),
  ],
]

/** What reading costs: operations, and the shortest time of several. */
function costOf(nodes: Nodes): {
  bytes: number
  hashes: number
  others: number
  time: number
  code: string | undefined
} {
  const bytes = encode(RatchetTree, nodes)
  let [time, hashes, others, code] = [Number.POSITIVE_INFINITY, 0, 0, undefined as string | undefined]
  const begin = performance.now()
  for (let round = 0; round < 2 || (round < 8 && performance.now() - begin < 150); round++) {
    const start = performance.now()
    const counts = counting.during(() => {
      try {
        readTree(suite, bytes)
        code = undefined
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error
        code = error.code
      }
    })
    time = Math.min(time, performance.now() - start)
    hashes = counts.hash
    others = counts.dh + counts.base + counts.sign + counts.verify + counts.aead + counts.kdf
  }
  return { bytes: bytes.length, hashes, others, time, code }
}

describe('a tree made to be expensive', () => {
  it.each(SHAPES)('%s', (_, shape) => {
    const [small, large] = [costOf(shape(1024)), costOf(shape(8192))]
    expect([small.code, large.code]).toEqual(['untied-node', 'untied-node'])
    for (const { bytes, hashes, others } of [small, large]) {
      expect(hashes).toBeLessThan(bytes / 4)
      expect(others).toBe(0)
    }
    // eight times the leaves, with lists that are longer by a logarithm: far from the 64 times of anything quadratic
    const growth = large.bytes / small.bytes
    expect(large.hashes / small.hashes).toBeLessThan(1.5 * growth)
    // what is quadratic takes 64 times as long; other work on the machine may cost a few dozen milliseconds
    expect(large.time).toBeLessThan(4 * growth * small.time + 60)
  })

  it('of one huge leaf under many parents is hashed once', () => {
    const extensions = (n: number) =>
      range(n).map(i => ({ extensionType: i & 0xffff, extensionData: new Uint8Array(8) }))
    const huge = (n: number): Nodes => {
      const nodes = treeOf(64, range(64), () => [])
      const types = range(n).map(i => i & 0xffff)
      const capabilities = {
        versions: [],
        cipherSuites: types,
        extensions: types,
        proposals: types,
        credentials: types,
      }
      nodes[0] = leafOf(0, { extensions: extensions(n), capabilities } as Partial<LeafNode>)
      return nodes
    }
    const [small, large] = [costOf(huge(4000)), costOf(huge(60_000))]
    expect(large.bytes).toBeGreaterThan(1e6)
    expect(large.hashes).toBe(small.hashes)
    expect(large.time).toBeLessThan(4 * (large.bytes / small.bytes) * small.time + 60)
  })
})

describe('leaves made to be expensive', () => {
  const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }
  const capable = (credentials: readonly number[]) => ({
    capabilities: { versions: [1], cipherSuites: [1], extensions: [], proposals: [], credentials },
    leafNodeSource: 'update',
    signatureKey: undefined,
  })

  /** A tree that passes all checks up to those of its leaves. */
  function load(leaves: readonly Partial<LeafNode>[]): { code: unknown; verified: number } {
    const nodes = leaves
      .flatMap((changes, i) => [leafOf(i, { ...changes, signatureKey: key(i) }), undefined])
      .slice(0, -1)
    const bytes = encode(RatchetTree, nodes)
    const treeHash = readTree(suite, bytes).stage().treeHash()
    let code: unknown
    const { verify } = counting.during(() => {
      try {
        loadTree(bytes, { suite, groupId: NOTHING, group, treeHash })
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error
        code = error.code
      }
    })
    return { code, verified: verify }
  }

  it('a credential type of each one’s own, supported by all: a list per leaf, and a sum', () => {
    // private-use types; every leaf lists all of them
    const types = (n: number) => range(n).map(i => 0xf000 + i)
    const unlike = (n: number) =>
      range(n).map(i => ({
        ...capable(types(n)),
        credential: { credentialType: 'unknown', credentialTypeValue: 0xf000 + i, content: NOTHING },
      })) as unknown as Partial<LeafNode>[]
    // 256 leaves with 256 types are 150 KB; their signatures are empty
    const { code, verified } = load(unlike(256))
    expect(code).toBe('invalid-signature')
    expect(verified).toBeLessThanOrEqual(2 * 256)
  })

  it('unsupported by one, the last: one pass to find it', () => {
    const leaves = range(1000).map(i => capable(i === 999 ? [1, 2] : [1, 0xf001])) as unknown as Partial<LeafNode>[]
    leaves[0] = {
      ...leaves[0],
      credential: { credentialType: 'unknown', credentialTypeValue: 0xf001, content: NOTHING },
    } as Partial<LeafNode>
    const { code, verified } = load(leaves)
    expect(code).toBe('missing-capability')
    expect(verified).toBe(0)
  })
})
