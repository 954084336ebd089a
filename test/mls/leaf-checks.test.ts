/** RFC 9420 section 7.3: each check by itself, and signatures one by one and in bulk. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, equalPublic, fromHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { Reader } from '../../src/codec/reader.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { isLowOrderX25519 } from '../../src/crypto/public-keys.ts'
import * as checks from '../../src/mls/leaf-checks.ts'
import { LeafNode, LeafNodeTBS } from '../../src/mls/leaf-node.ts'
import {
  checkLeafSignature,
  invalidLeafSignatures,
  type LeafContent,
  leafNodeTbs,
} from '../../src/mls/leaf-signature.ts'
import { LEAF_OFFSETS } from '../../src/mls/tree-format.ts'
import { TreeSummary } from '../../src/mls/tree-summary.ts'
import { refusal as rejection } from './hostile-trees.ts'
import { CAPABILITIES, leafContent, makeLeaf, signerOf } from './leaves.ts'

const suite = defaultProvider().suite(1)
const leafWith = (changes: Partial<LeafContent>): LeafNode =>
  ({ ...leafContent(suite, 1, changes), signature: new Uint8Array(64) }) as LeafNode
const plain = leafWith({})

describe('keys', () => {
  const x = new Uint8Array(32).fill(9)
  it('have the length of the suite and no low order', () => {
    expect(rejection(() => checks.checkKeyForms(suite, plain))).toBeUndefined()
    const short = leafWith({ encryptionKey: x.subarray(1) })
    expect(rejection(() => checks.checkKeyForms(suite, short, { leaf: 7 }))).toEqual({
      code: 'invalid-public-key',
      leaf: 7,
      length: 31,
    })
    const long = leafWith({ signatureKey: new Uint8Array(33) })
    expect(rejection(() => checks.checkKeyForms(suite, long))).toEqual({ code: 'invalid-public-key', length: 33 })
    const zero = leafWith({ encryptionKey: new Uint8Array(32) })
    expect(rejection(() => checks.checkKeyForms(suite, zero, { leaf: 7 }))).toEqual({
      code: 'low-order-point',
      leaf: 7,
    })
  })

  it('are of low order exactly where X25519 gives zero', () => {
    const p = 2n ** 255n - 19n
    const bytesOf = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse()
    const orderEight = [
      0xb8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
      0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
    ]
    const points = [0n, 1n, 2n, 9n, ...orderEight, p - 2n, p - 1n, p, p + 1n, p + 2n, 2n ** 255n - 1n]
    for (const u of points) {
      for (const top of [0n, 2n ** 255n]) {
        const key = bytesOf(u + top)
        const refused = rejection(() => suite.kem.encapsulate(key))
        expect(isLowOrderX25519(key), u.toString(16)).toBe(refused !== undefined)
      }
    }
  })

  it('are unique among the members', () => {
    const others = (signature: boolean, encryption: boolean) => ({
      usesSignatureKey: (key: Uint8Array) => signature && equalPublic(key, plain.signatureKey),
      usesEncryptionKey: (key: Uint8Array) => encryption && equalPublic(key, plain.encryptionKey),
    })
    expect(rejection(() => checks.checkUniqueKeys(plain, others(false, false)))).toBeUndefined()
    expect(rejection(() => checks.checkUniqueKeys(plain, others(true, false)))).toEqual({
      code: 'duplicate-key',
      field: 'signature_key',
    })
    expect(rejection(() => checks.checkUniqueKeys(plain, others(false, true)))).toEqual({
      code: 'duplicate-key',
      field: 'encryption_key',
    })
  })

  it('change with an update', () => {
    expect(rejection(() => checks.checkNewEncryptionKey(plain, leafWith({ encryptionKey: x })))).toBeUndefined()
    expect(rejection(() => checks.checkNewEncryptionKey(plain, plain))).toEqual({ code: 'encryption-key-kept' })
  })
})

describe('credentials', () => {
  const x509 = leafWith({ credential: { credentialType: 'x509', certificates: [] } })
  const strange = leafWith({
    credential: { credentialType: 'unknown', credentialTypeValue: 77, content: new Uint8Array(0) },
  })
  const onlyBasic = leafWith({ capabilities: { ...CAPABILITIES, credentials: [1] } })
  const summaryOf = (...leaves: LeafNode[]) => {
    const summary = new TreeSummary()
    for (const leaf of leaves) summary.add(checks.featuresOf(leaf))
    return summary
  }

  it('are of a type that the leaf supports itself', () => {
    expect(rejection(() => checks.checkOwnCredential(x509))).toBeUndefined()
    expect(rejection(() => checks.checkOwnCredential(strange, { leaf: 3 }))).toEqual({
      code: 'missing-capability',
      leaf: 3,
      list: 'credentials',
      type: 77,
    })
  })

  it('are of a type that all members support', () => {
    expect(rejection(() => checks.checkCredentialIsSupported(x509, summaryOf()))).toBeUndefined()
    expect(rejection(() => checks.checkCredentialIsSupported(x509, summaryOf(plain, plain)))).toBeUndefined()
    expect(rejection(() => checks.checkCredentialIsSupported(x509, summaryOf(plain, onlyBasic)))).toEqual({
      code: 'unsupported-credential',
      type: 2,
    })
  })

  it('of all members are supported by the leaf', () => {
    expect(rejection(() => checks.checkSupportsCredentials(onlyBasic, summaryOf(plain, plain)))).toBeUndefined()
    expect(rejection(() => checks.checkSupportsCredentials(onlyBasic, summaryOf(plain, x509)))).toEqual({
      code: 'missing-capability',
      list: 'credentials',
      type: 2,
    })
  })
})

describe('capabilities', () => {
  const group = { version: 1, cipherSuite: 1, extensionTypes: [2, 0xf000], required: undefined }
  const required = { extensionTypes: [0xf000, 5], proposalTypes: [1, 0xf5a5], credentialTypes: [2] }

  it('cover what the group demands; what every client supports need not be listed', () => {
    expect(rejection(() => checks.checkGroupParameters(CAPABILITIES, group))).toBeUndefined()
    expect(rejection(() => checks.checkGroupParameters(CAPABILITIES, { ...group, required }))).toBeUndefined()
  })

  it.each([
    ['versions', 2, { version: 2 }],
    ['cipher_suites', 7, { cipherSuite: 7 }],
    ['extensions', 0xf001, { extensionTypes: [2, 0xf001] }],
    ['extensions', 0xf002, { required: { ...required, extensionTypes: [0xf002] } }],
    ['proposals', 8, { required: { ...required, proposalTypes: [8] } }],
    ['credentials', 3, { required: { ...required, credentialTypes: [1, 3] } }],
  ])('lack %s %i', (list, type, changes) => {
    expect(rejection(() => checks.checkGroupParameters(CAPABILITIES, { ...group, ...changes }))).toEqual({
      code: 'missing-capability',
      list,
      type,
    })
  })

  it('lack the suite of a group that does not ask for it', () => {
    const lenient = { ...group, cipherSuite: 7, unlistedSuite: true }
    expect(rejection(() => checks.checkGroupParameters(CAPABILITIES, lenient))).toBeUndefined()
  })

  it('cover the extensions of the leaf', () => {
    const having = (...types: number[]) =>
      leafWith({ extensions: types.map(extensionType => ({ extensionType, extensionData: new Uint8Array(1) })) })
    expect(rejection(() => checks.checkExtensions(having(1, 0xf000)))).toBeUndefined()
    expect(rejection(() => checks.checkExtensions(having(0xf001)))).toEqual({
      code: 'missing-capability',
      list: 'extensions',
      type: 0xf001,
    })
    expect(rejection(() => checks.checkExtensions(having(1, 0xf000, 1)))).toEqual({
      code: 'repeated-extension',
      extension: 1,
    })
  })
})

describe('lifetime and source', () => {
  it('the time is within the lifetime, ends included', () => {
    const lifetime = { notBefore: 10n, notAfter: 20n }
    const at = (now: bigint, longest = 10n) => rejection(() => checks.checkLifetime(lifetime, { now, longest }))
    expect([at(10n), at(15n), at(20n)]).toEqual([undefined, undefined, undefined])
    expect([at(9n), at(21n)]).toEqual([{ code: 'outside-lifetime' }, { code: 'outside-lifetime' }])
    expect(at(15n, 9n)).toEqual({ code: 'lifetime-too-long' })
    const backwards = { notBefore: 20n, notAfter: 10n }
    expect(rejection(() => checks.checkLifetime(backwards, { now: 15n, longest: 10n }))).toEqual({
      code: 'outside-lifetime',
    })
  })

  it('the source is the one expected', () => {
    expect(rejection(() => checks.checkSource(plain, 'key_package'))).toBeUndefined()
    expect(rejection(() => checks.checkSource(plain, 'commit'))).toEqual({
      code: 'wrong-leaf-source',
      expected: 'commit',
      got: 'key_package',
    })
  })
})

describe('signatures', () => {
  const place = { groupId: fromHex('c0ffee'), leafIndex: 5 }
  const update = makeLeaf(suite, 2, { leafNodeSource: 'update' }, place)
  const commit = makeLeaf(suite, 3, { leafNodeSource: 'commit', parentHash: fromHex('aa') }, place)

  it('cover the place in the group but for key packages', () => {
    expect(rejection(() => checkLeafSignature(suite, makeLeaf(suite, 1)))).toBeUndefined()
    expect(rejection(() => checkLeafSignature(suite, makeLeaf(suite, 1), place))).toBeUndefined()
    for (const leaf of [update, commit]) {
      expect(rejection(() => checkLeafSignature(suite, leaf, place))).toBeUndefined()
      expect(rejection(() => checkLeafSignature(suite, leaf, { ...place, leafIndex: 4 }, { leaf: 4 }))).toEqual({
        code: 'invalid-signature',
        leaf: 4,
      })
      expect(rejection(() => checkLeafSignature(suite, leaf, { ...place, groupId: fromHex('c0ffef') }))).toEqual({
        code: 'invalid-signature',
      })
      expect(decode(LeafNodeTBS, leafNodeTbs(leaf, place))).toMatchObject({ groupId: place.groupId, leafIndex: 5 })
    }
  })

  it('the signed bytes are the encoding up to the signature, and the place', () => {
    const bytes = encode(LeafNode, update)
    const signed = leafNodeTbs(update, place)
    expect(signed).toEqual(concat(bytes.subarray(0, -66), fromHex('03c0ffee00000005')))
  })

  it('are verified in bulk as one by one, whatever is wrong with some', () => {
    const kinds = ['good', 'good', 'good', 'flipped', 'foreign', 'short', 'moved'] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 6 }), fc.nat(2), (wrongs, source) => {
        const leaves = wrongs.map((wrong, i): LeafNode => {
          const sources = [
            {},
            { leafNodeSource: 'update' },
            { leafNodeSource: 'commit', parentHash: fromHex('aa') },
          ] as const
          const at = { groupId: place.groupId, leafIndex: wrong === 'moved' ? i + 1 : i }
          const leaf = makeLeaf(suite, i % 3, sources[source]!, at)
          if (wrong === 'flipped') leaf.signature[3]! ^= 1
          if (wrong === 'foreign') return { ...leaf, signatureKey: signerOf(suite, 9).publicKey }
          if (wrong === 'short') return { ...leaf, signature: leaf.signature.subarray(1) }
          return leaf
        })
        const gap = fromHex('0011')
        const bytes = concat(...leaves.flatMap(leaf => [gap, encode(LeafNode, leaf)]))
        const offsets = new Uint32Array(leaves.length * LEAF_OFFSETS)
        const reader = new Reader(bytes, 'leaves')
        leaves.forEach((_, i) => {
          reader.step(gap.length)
          LeafNode.locate(reader, offsets, i * LEAF_OFFSETS)
        })
        reader.end()
        const indices = Uint32Array.from(leaves, (_, i) => i)
        const expected = leaves.flatMap((leaf, i) => {
          const found = rejection(() => checkLeafSignature(suite, leaf, { groupId: place.groupId, leafIndex: i }))
          return found === undefined ? [] : [i]
        })
        const isGood = (i: number) => wrongs[i] === 'good' || (wrongs[i] === 'moved' && source === 0)
        expect(expected).toEqual(leaves.flatMap((_, i) => (isGood(i) ? [] : [i])))
        expect(invalidLeafSignatures(suite, { bytes, offsets, indices }, place.groupId)).toEqual(expected)
      }),
      { numRuns: 12 },
    )
  })
})
