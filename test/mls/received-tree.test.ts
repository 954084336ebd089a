/** Trees as they arrive: scanned as the decoder reads them, each leaf validated, everything that is wrong refused by name. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { LeafNode } from '../../src/mls/leaf-node.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { ParentNode } from '../../src/mls/ratchet-tree.ts'
import { type LeafRules, validateReceivedLeaves } from '../../src/mls/received-leaves.ts'
import { BLANK, LEAF, scanRatchetTree } from '../../src/mls/received-tree.ts'
import { type Node, RatchetTree } from '../../src/mls/tree-structs.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'
import { refusal as rejection } from './hostile-trees.ts'
import { CAPABILITIES, makeLeaf } from './leaves.ts'

const suite = defaultProvider().suite(1)
const provider = allSuites()
const groupId = fromHex('c0ffee')
const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }
const rules: LeafRules = { suite, groupId, group }

/** The scan says of every node what the decoder says. */
function scanAgrees(bytes: Uint8Array): void {
  const nodes = decode(RatchetTree, bytes)
  const spans = scanRatchetTree(bytes)
  expect(spans.count).toBe(nodes.length)
  nodes.forEach((node, i) => {
    const body = bytes.subarray(spans.starts[i], spans.ends[i])
    if (node === undefined) expect([spans.kinds[i], body.length]).toEqual([BLANK, 0])
    else if (node.nodeType === 'leaf') {
      expect(spans.kinds[i]).toBe(LEAF)
      expect(decode(LeafNode, body)).toEqual(node.leafNode)
    } else expect(decode(ParentNode, body)).toEqual(node.parentNode)
  })
}

type TreeVector = { cipher_suite: number; tree: string; group_id: string }
describeVectors<TreeVector[]>('mls/tree-validation.json', cases => {
  it('scans the trees of all suites', () => {
    for (const { tree } of cases) scanAgrees(fromHex(tree))
  })

  it.each(cases)('$#: the leaves of suite $cipher_suite are valid', vector => {
    const spans = scanRatchetTree(fromHex(vector.tree))
    const members = spans.kinds.filter(kind => kind === LEAF).length
    const its = {
      suite: provider.suite(vector.cipher_suite),
      groupId: fromHex(vector.group_id),
      group: { ...group, cipherSuite: vector.cipher_suite },
    }
    expect(validateReceivedLeaves(spans, its).members).toBe(members)
  })
})

const leafAt = (seed: number, changes: Partial<LeafContent> = {}): Node => ({
  nodeType: 'leaf',
  leafNode: makeLeaf(suite, seed, changes, { groupId, leafIndex: seed }),
})
const parent: Node = {
  nodeType: 'parent',
  parentNode: { encryptionKey: new Uint8Array(32).fill(1), parentHash: new Uint8Array(0), unmergedLeaves: [] },
}
const treeOf = (...nodes: (Node | undefined)[]) => encode(RatchetTree, nodes)

describe('the form of a tree', () => {
  // copath-mls-12.4.3.3-01: blank-at-end
  it.each<[string, Uint8Array, unknown]>([
    ['nothing', treeOf(), { code: 'blank-at-end', nodes: 0 }],
    ['a blank at the end', treeOf(leafAt(0), undefined), { code: 'blank-at-end', nodes: 2 }],
    ['a parent where a leaf belongs', treeOf(leafAt(0), parent, parent), { code: 'wrong-node-type', node: 2, got: 2 }],
    ['a leaf where a parent belongs', treeOf(leafAt(0), leafAt(1)), { code: 'wrong-node-type', node: 1, got: 1 }],
    ['an unknown type', fromHex('020103'), { code: 'wrong-node-type', node: 0, got: 3 }],
    ['presence 2', fromHex('0102'), { code: 'bad-presence', at: 1, field: 'ratchet_tree' }],
    ['something after it', fromHex('00ff'), { code: 'blank-at-end', nodes: 0 }],
  ])('%s is refused', (_, bytes, expected) => {
    expect(rejection(() => scanRatchetTree(bytes))).toEqual(expected)
  })

  it('damaged trees are refused, or scanned as they are decoded', () => {
    const good = treeOf(leafAt(0), parent, leafAt(1), undefined, undefined, undefined, leafAt(3))
    scanAgrees(good)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bytes = cut ? good.slice(0, at) : good.slice()
        if (!cut) bytes[at] = byte
        const refused = rejection(() => scanRatchetTree(bytes))
        if (refused === undefined) scanAgrees(bytes)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the leaves of a tree', () => {
  const validate = (nodes: (Node | undefined)[], changes: Partial<LeafRules> = {}) =>
    rejection(() => validateReceivedLeaves(scanRatchetTree(treeOf(...nodes)), { ...rules, ...changes }))

  it('are valid whatever their source, blanks between', () => {
    expect(
      validate([
        leafAt(0),
        parent,
        leafAt(1, { leafNodeSource: 'update' }),
        undefined,
        undefined,
        undefined,
        leafAt(3, { leafNodeSource: 'commit', parentHash: fromHex('aa') }),
      ]),
    ).toBeUndefined()
  })

  const caps = (changes: Partial<typeof CAPABILITIES>) => ({ capabilities: { ...CAPABILITIES, ...changes } })
  const ext = (extensionType: number) => ({ extensionType, extensionData: new Uint8Array(0) })
  // each is correctly signed, so that nothing but the check at hand can refuse it
  it.each<[string, Partial<LeafContent>, unknown]>([
    [
      'copath-mls-5.1.1-01: a short encryption key',
      { encryptionKey: new Uint8Array(31) },
      { code: 'invalid-public-key', leaf: 1, length: 31 },
    ],
    ['a low-order encryption key', { encryptionKey: new Uint8Array(32) }, { code: 'low-order-point', leaf: 1 }],
    [
      'copath-mls-5.1.1-01: a short signature key',
      { signatureKey: new Uint8Array(31) },
      { code: 'invalid-public-key', leaf: 1, length: 31 },
    ],
    [
      'copath-mls-7.3-01: a credential it does not list',
      { credential: { credentialType: 'unknown', credentialTypeValue: 9, content: groupId } },
      { code: 'missing-capability', leaf: 1, list: 'credentials', type: 9 },
    ],
    [
      'copath-mls-7.3-06: a credential that others do not list',
      {
        credential: { credentialType: 'unknown', credentialTypeValue: 9, content: groupId },
        ...caps({ credentials: [1, 9] }),
      },
      { code: 'missing-capability', leaf: 0, list: 'credentials', type: 9 },
    ],
    [
      'copath-mls-7.3-06: no support for the credentials of others',
      { credential: { credentialType: 'x509', certificates: [] }, ...caps({ credentials: [2] }) },
      { code: 'missing-capability', leaf: 1, list: 'credentials', type: 1 },
    ],
    ['another version', caps({ versions: [2] }), { code: 'missing-capability', leaf: 1, list: 'versions', type: 1 }],
    [
      'another suite',
      caps({ cipherSuites: [3] }),
      { code: 'missing-capability', leaf: 1, list: 'cipher_suites', type: 1 },
    ],
    [
      'copath-mls-7.3-02: an extension it does not list',
      { extensions: [ext(0xf00d)] },
      { code: 'missing-capability', leaf: 1, list: 'extensions', type: 0xf00d },
    ],
    ['an extension twice', { extensions: [ext(1), ext(1)] }, { code: 'repeated-extension', leaf: 1, extension: 1 }],
    [
      'a lifetime that is over',
      { lifetime: { notBefore: 1n, notAfter: 2n } } as Partial<LeafContent>,
      { code: 'outside-lifetime', leaf: 1 },
    ],
    [
      'copath-mls-7.2-03: a lifetime that is too long',
      { lifetime: { notBefore: 1n, notAfter: 2n ** 40n } } as Partial<LeafContent>,
      { code: 'lifetime-too-long', leaf: 1 },
    ],
  ])('%s', (_, changes, expected) => {
    const lifetime = { now: 1500n, longest: 1000n }
    expect(validate([leafAt(0), undefined, leafAt(1, changes)], { lifetime })).toEqual(expected)
  })

  it.each([
    ['extensions', 0xf000, { ...group, extensionTypes: [3, 0xf000] }],
    [
      'extensions',
      0xf000,
      { ...group, required: { extensionTypes: [0xf000], proposalTypes: [], credentialTypes: [] } },
    ],
    [
      'proposals',
      0xf5a5,
      { ...group, required: { extensionTypes: [], proposalTypes: [2, 0xf5a5], credentialTypes: [] } },
    ],
    ['credentials', 2, { ...group, required: { extensionTypes: [], proposalTypes: [], credentialTypes: [2] } }],
  ])('copath-mls-7.3-05: lack of required %s %i', (list, type, parameters) => {
    const bare = leafAt(1, caps({ extensions: [], proposals: [], credentials: [1] }))
    expect(validate([leafAt(0), undefined, leafAt(2)], { group: parameters })).toBeUndefined()
    expect(validate([leafAt(0), undefined, bare], { group: parameters })).toEqual({
      code: 'missing-capability',
      leaf: 1,
      list,
      type,
    })
  })

  it('copath-mls-7.3-04: a wrong signature, a wrong place', () => {
    const moved = leafAt(7, { leafNodeSource: 'update' })
    expect(validate([leafAt(0), undefined, moved])).toEqual({ code: 'invalid-signature', leaf: 1 })
  })

  it('a credential that the application refuses', () => {
    const checkCredential: NonNullable<LeafRules['checkCredential']> = (leaf, where) => {
      if (leaf.credential.credentialType === 'basic' && where['leaf'] === 1)
        throw new RejectedError('invalid-signature', where)
    }
    expect(validate([leafAt(0)], { checkCredential })).toBeUndefined()
    expect(validate([leafAt(0), undefined, leafAt(1)], { checkCredential })).toEqual({
      code: 'invalid-signature',
      leaf: 1,
    })
  })
})
