/** Key packages: made, named and validated; every rule of section 10.1 broken by a correctly signed forgery. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { countOperations, defaultProvider } from '../../src/crypto/index.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { KEY_PACKAGE_LABEL, KeyPackage, KeyPackageTBS } from '../../src/mls/key-package.ts'
import { checkKeyPackages, type KeyPackageRules } from '../../src/mls/key-package-checks.ts'
import {
  createKeyPackage,
  defaultCapabilities,
  isLastResort,
  type KeyPackageRequest,
  type OwnKeyPackage,
  wipeKeyPackage,
  withGrease,
} from '../../src/mls/key-package-create.ts'
import { type LeafContent, signLeaf } from '../../src/mls/leaf-signature.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { keyPairOf, signerOf } from './leaves.ts'
import { refusal } from './rules.ts'

const suite = defaultProvider().suite(1)
const LIFETIME = { notBefore: 1_000n, notAfter: 2_000n }

function request(seed: number, changes: Partial<KeyPackageRequest> = {}): KeyPackageRequest {
  const credential = { credentialType: 'basic', identity: utf8(`client ${seed}`) } as const
  return { signer: signerOf(suite, seed), credential, lifetime: LIFETIME, ...changes }
}

const make = (seed: number, changes: Partial<KeyPackageRequest> = {}): OwnKeyPackage =>
  createKeyPackage(suite, request(seed, changes))

/** A key package with changes, its leaf and itself signed again. */
function forged(seed: number, changes: Partial<KeyPackage>, leaf: Partial<LeafContent> = {}): KeyPackage {
  const { keyPackage } = make(seed)
  const { signature: _, ...content } = keyPackage.leafNode
  const leafNode = signLeaf(suite, signerOf(suite, seed), { ...content, ...leaf } as LeafContent)
  const body = { ...keyPackage, leafNode, ...changes }
  const signature = suite.labels.signWithLabel(signerOf(suite, seed), KEY_PACKAGE_LABEL, encode(KeyPackageTBS, body))
  return { ...body, signature }
}

const check = (keyPackages: readonly KeyPackage[], rules: KeyPackageRules = {}, of: CipherSuite = suite): void =>
  checkKeyPackages(of, keyPackages, rules)

const refusedBy = (bad: KeyPackage, rules: KeyPackageRules = {}) =>
  refusal(() => check([make(101).keyPackage, bad, make(102).keyPackage], rules))

describe('key packages', () => {
  it('copath-mls-10-01: are valid, decode to themselves, and have a name and keys of their own', () => {
    const made = Array.from({ length: 5 }, (_, i) => make(i))
    check(made.map(({ keyPackage }) => keyPackage))
    for (const { keyPackage, encoded } of made) expect(decode(KeyPackage, encoded)).toEqual(keyPackage)
    expect(new Set(made.map(({ ref }) => toHex(ref))).size).toBe(5)
    const twice = [make(0), make(0)].flatMap(({ initKeys, leafKeys }) => [initKeys.publicKey, leafKeys.publicKey])
    expect(new Set(twice.map(toHex)).size).toBe(4)
  })

  it('copath-mls-last-resort-01: are marked as a last resort only when asked for', () => {
    expect(isLastResort(make(0).keyPackage)).toBe(false)
    const last = make(0, { lastResort: true }).keyPackage
    expect(isLastResort(last)).toBe(true)
    check([last])
  })

  it('copath-mls-7.2-02: are valid whatever else they say to support, copath-mls-13.5-02: with grease where others ignore it', () => {
    const plain = defaultCapabilities(suite, request(0).credential)
    const capabilities = withGrease(plain, suite.random)
    expect(capabilities.versions).toEqual(plain.versions)
    for (const list of ['cipherSuites', 'extensions', 'proposals', 'credentials'] as const) {
      const value = capabilities[list].at(-1)!
      expect([value % 0x1010, value < 0xfafa]).toEqual([0x0a0a, true])
      expect(capabilities[list].slice(0, -1)).toEqual(plain[list])
    }
    const versions = [...capabilities.versions, 0x0a0a]
    check([make(0, { capabilities: { ...capabilities, versions } }).keyPackage])
  })

  it('copath-mls-7.2-01: do not list what everybody supports', () => {
    const capabilities = defaultCapabilities(suite, request(0).credential)
    for (const list of ['extensions', 'proposals'] as const) {
      const more = { ...capabilities, [list]: [...capabilities[list], 3] }
      expect(refusal(() => make(0, { capabilities: more }))).toMatchObject({ class: 'UsageError', list })
    }
    make(0, { capabilities: { ...capabilities, credentials: [1, 2] } })
  })

  it('are not made against the rules', () => {
    const capabilities = { ...defaultCapabilities(suite, request(0).credential), credentials: [] }
    expect(refusal(() => make(0, { capabilities }))).toMatchObject({ code: 'missing-capability' })
    const extension = { extensionType: 0xf00d, extensionData: utf8('x') }
    expect(refusal(() => make(0, { leafExtensions: [extension] }))).toMatchObject({ code: 'missing-capability' })
    expect(refusal(() => make(0, { lifetime: { notBefore: 2n, notAfter: 1n } }))).toMatchObject({ class: 'UsageError' })
  })

  it('copath-mls-10-03: list their own extensions in the capabilities of the leaf', () => {
    const extension = { extensionType: 0xf00d, extensionData: utf8('x') }
    const lacks = { code: 'missing-capability', list: 'extensions' }
    expect(refusal(() => make(0, { extensions: [extension] }))).toMatchObject({ ...lacks, type: 0xf00d })
    expect(refusal(() => make(0, { extensions: [extension, extension] }))).toMatchObject({ code: 'repeated-extension' })
    const capabilities = { ...defaultCapabilities(suite, request(0).credential), extensions: [] }
    expect(refusal(() => make(0, { capabilities, lastResort: true }))).toMatchObject({ ...lacks, type: 10 })
  })

  it('are wiped', () => {
    const made = make(0)
    wipeKeyPackage(made)
    expect([...made.initKeys.privateKey, ...made.leafKeys.privateKey].every(byte => byte === 0)).toBe(true)
  })

  it('verify all signatures in two batches', () => {
    const counting = countOperations(defaultProvider())
    const many = Array.from({ length: 20 }, (_, i) => make(i).keyPackage)
    expect(counting.during(() => check(many, {}, counting.suite(1)))).toMatchObject({ verify: 40, sign: 0, dh: 0 })
    check([])
  })
})

describe('RFC 9420 section 10.1', () => {
  it('copath-mls-10.1-01: the version and the suite are those of the group, copath-mls-10-02: the version also that of the message', () => {
    const rule = 'copath-mls-10.1-01'
    expect(refusedBy(forged(1, { cipherSuite: 3 }))).toMatchObject({ code: 'wrong-suite', rule, index: 1 })
    const later = forged(1, { version: 2 })
    expect(refusedBy(later)).toMatchObject({ code: 'wrong-suite', rule, index: 1 })
    const decoded = decode(MLSMessage, encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage: later }))
    expect(decoded.wireFormat === 'mls_key_package' && refusedBy(decoded.keyPackage)).toMatchObject({ rule })
    const message = encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage: make(1).keyPackage })
    message[1] = 2
    expect(refusal(() => decode(MLSMessage, message))).toMatchObject({ class: 'RejectedError' })
  })

  it('copath-mls-10.1-02, copath-mls-7.3-09: the leaf is made for a key package', () => {
    const leaf = signLeaf(
      suite,
      signerOf(suite, 1),
      { ...make(1).keyPackage.leafNode, leafNodeSource: 'update', lifetime: undefined } as unknown as LeafContent,
      { groupId: utf8('g'), leafIndex: 1 },
    )
    const bad = forged(1, { leafNode: leaf })
    expect(refusedBy(bad)).toMatchObject({ code: 'wrong-leaf-source', rule: 'copath-mls-10.1-02', index: 1 })
  })

  it('copath-mls-10.1-03: the init key is a key, and not that of the leaf', () => {
    const rule = 'copath-mls-10.1-03'
    const { leafNode } = make(1).keyPackage
    expect(refusedBy(forged(1, { initKey: leafNode.encryptionKey, leafNode }))).toMatchObject({
      code: 'duplicate-key',
      rule,
    })
    expect(refusedBy(forged(1, { initKey: new Uint8Array(32) }))).toMatchObject({ code: 'low-order-point', rule })
    expect(refusedBy(forged(1, { initKey: new Uint8Array(31) }))).toMatchObject({ code: 'invalid-public-key', rule })
  })

  it('copath-mls-10.1-04: extensions occur once; those that nobody knows are ignored, listed in the capabilities or not', () => {
    const [known, unknown] = [0xf00d, 0x5a5a].map(extensionType => ({ extensionType, extensionData: utf8('x') }))
    check([forged(1, { extensions: [known!, unknown!] })])
    expect(refusedBy(forged(1, { extensions: [known!, unknown!, known!] }))).toMatchObject({
      code: 'repeated-extension',
      rule: 'copath-mls-10.1-04',
      index: 1,
    })
  })

  it('copath-mls-10.1-05: the key package is signed by its owner', () => {
    const { keyPackage } = make(1)
    const other = { ...keyPackage, initKey: keyPairOf(suite, 9).publicKey }
    expect(refusedBy(other)).toMatchObject({ code: 'invalid-signature', rule: 'copath-mls-10.1-05', index: 1 })
  })

  it('copath-mls-10.1-06, copath-mls-7.3-04: the leaf is signed by its owner', () => {
    const { leafNode } = make(1).keyPackage
    const bad = forged(1, { leafNode: { ...leafNode, encryptionKey: keyPairOf(suite, 9).publicKey } })
    expect(refusedBy(bad)).toMatchObject({ code: 'invalid-signature', rule: 'copath-mls-10.1-06', index: 1 })
  })

  it('copath-mls-7.3-01: the leaf supports its own credential, copath-mls-7.3-02: and its own extensions', () => {
    const { capabilities } = make(1).keyPackage.leafNode
    const other = forged(1, {}, { capabilities: { ...capabilities, credentials: [2] } })
    expect(refusedBy(other)).toMatchObject({ code: 'missing-capability', list: 'credentials', index: 1 })
    const extensions = [{ extensionType: 0xf00d, extensionData: utf8('x') }]
    expect(refusedBy(forged(1, {}, { extensions }))).toMatchObject({ code: 'missing-capability', list: 'extensions' })
  })

  it('the rules of leaves hold too, and the application is asked', () => {
    const lifetime = { now: 3_000n, longest: 10_000n }
    expect(refusedBy(make(1).keyPackage, { lifetime })).toMatchObject({ code: 'outside-lifetime', index: 0 })
    expect(refusedBy(forged(1, {}, { signatureKey: new Uint8Array(31) }))).toMatchObject({ code: 'invalid-public-key' })
    const asked: number[] = []
    check([make(1).keyPackage, make(2).keyPackage], { checkCredential: (_, { index }) => asked.push(Number(index)) })
    expect(asked).toEqual([0, 1])
  })
})
