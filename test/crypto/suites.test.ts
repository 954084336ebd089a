/** The table of cipher suites against the names in it, and HPKE, labels and signatures of every suite. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import { checkKemPublicKey } from '../../src/crypto/public-keys.ts'
import { SUITE_ROWS } from '../../src/crypto/suites.ts'
import { bytesOf, failure } from './contract/tools.ts'
import { allSuites, allSuitesOnNoble, curveBackendsUnderTest } from './curve-backends.ts'
import { describeRfc9180, RFC_9180 } from './rfc9180.ts'

/** RFC 9180 sections 7.1 to 7.3 (and draft-connolly-cfrg-xwing-kem-10 section 7), by the words that suites are named with. */
const KEMS: Record<string, { id: number; dh?: string; own?: string; kdf?: string; lengths: number[] }> = {
  // Nsecret, Nenc, Npk, Nsk
  DHKEMP256: { id: 0x0010, dh: 'p256', kdf: 'hkdf-sha256', lengths: [32, 65, 65, 32] },
  DHKEMP384: { id: 0x0011, dh: 'p384', kdf: 'hkdf-sha384', lengths: [48, 97, 97, 48] },
  DHKEMP521: { id: 0x0012, dh: 'p521', kdf: 'hkdf-sha512', lengths: [64, 133, 133, 66] },
  DHKEMX25519: { id: 0x0020, dh: 'x25519', kdf: 'hkdf-sha256', lengths: [32, 32, 32, 32] },
  DHKEMX448: { id: 0x0021, dh: 'x448', kdf: 'hkdf-sha512', lengths: [64, 56, 56, 56] },
  XWING: { id: 0x647a, own: 'xwing', lengths: [32, 1120, 1216, 32] },
}
const AEADS: Record<string, { id: number; key: number }> = {
  AES128GCM: { id: 1, key: 16 },
  AES256GCM: { id: 2, key: 32 },
  CHACHA20POLY1305: { id: 3, key: 32 },
}
const HASHES: Record<string, { kdf: number; length: number }> = {
  SHA256: { kdf: 1, length: 32 },
  SHA384: { kdf: 2, length: 48 },
  SHA512: { kdf: 3, length: 64 },
}
const SIGNATURES: Record<string, { id: string; privateKey: number; publicKey: number }> = {
  Ed25519: { id: 'ed25519', privateKey: 32, publicKey: 32 },
  Ed448: { id: 'ed448', privateKey: 57, publicKey: 57 },
  P256: { id: 'p256-sha256', privateKey: 32, publicKey: 65 },
  P384: { id: 'p384-sha384', privateKey: 48, publicKey: 97 },
  P521: { id: 'p521-sha512', privateKey: 66, publicKey: 133 },
}

const provider = allSuites()

describe('the table of suites', () => {
  it('has the seven of RFC 9420 and three with X-Wing, all served once the backends are there', () => {
    const ids = [1, 2, 3, 4, 5, 6, 7, 0x004d, 0x0053, 0x0054]
    expect(SUITE_ROWS.map(row => row.id)).toEqual(ids)
    expect(provider.suites()).toEqual(ids)
    expect(allSuitesOnNoble().suites()).toEqual(ids)
    const { noble } = curveBackendsUnderTest()
    expect(createProvider({ extra: [noble] }).suites()).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(createProvider().suites()).toEqual([1, 3])
  })

  it.each(SUITE_ROWS)('$name is what it is called', row => {
    const [protocol, bits, kemName, aeadName, hashName, signatureName, ...rest] = row.name.split('_')
    expect([protocol, rest]).toEqual(['MLS', []])
    expect(['128', '256']).toContain(bits)
    const { lengths, ...kem } = KEMS[kemName!]!
    const [aead, hash, signature] = [AEADS[aeadName!]!, HASHES[hashName!]!, SIGNATURES[signatureName!]!]
    const words = { aead: aeadName!.toLowerCase(), hash: hashName!.toLowerCase() }
    expect(row).toEqual({
      id: row.id,
      name: row.name,
      kem,
      kdf: { id: hash.kdf, primitive: `hkdf-${words.hash}` },
      aead: { id: aead.id, primitive: words.aead },
      hash: words.hash,
      signature: signature.id,
    })
    const suite = provider.suite(row.id)
    const { secretLength, outputLength, publicKeyLength, privateKeyLength } = suite.kem
    expect([secretLength, outputLength, publicKeyLength, privateKeyLength]).toEqual(lengths)
    expect([suite.hash.length, suite.kdf.length, suite.aead.keyLength]).toEqual([hash.length, hash.length, aead.key])
    const { privateKeyLength: own, publicKeyLength: shown } = suite.signature
    expect([own, shown]).toEqual([signature.privateKey, signature.publicKey])
  })
})

for (const [name, backend] of Object.entries(curveBackendsUnderTest())) {
  describe(`HPKE on the curves of ${name}`, () => {
    for (const vector of RFC_9180) {
      if (![2, 5].includes(vector.suite)) continue
      describeRfc9180(vector, (id, random) => createProvider({ extra: [backend], random }).suite(id))
    }
  })
}

const providers = { 'what is fastest here': provider, 'JavaScript alone': allSuitesOnNoble() }
for (const [name, its] of Object.entries(providers)) {
  describe.each(SUITE_ROWS.map(({ id }) => ({ id })))(`suite $id on ${name}`, ({ id }) => {
    const { kem, hpke, labels, signature, generateSignatureKey } = its.suite(id)
    const other = (its === provider ? providers['JavaScript alone'] : provider).suite(id)

    it('seals to many recipients, the other side opens', () => {
      const pairs = Array.from({ length: 3 }, () => kem.generateKeyPair())
      const publicKeys = ByteList.of(pairs.map(pair => pair.publicKey))
      const batch = { publicKeys, info: utf8('info'), aad: utf8('aad'), plaintexts: ByteList.of([utf8('hello')]) }
      const { kemOutputs, ciphertexts } = hpke.sealMany(batch)
      pairs.forEach((pair, i) => {
        const sealed = { kemOutput: kemOutputs.at(i).slice(), ciphertext: ciphertexts.at(i).slice() }
        expect(other.hpke.open(pair, sealed, batch.info, batch.aad)).toEqual(utf8('hello'))
        checkKemPublicKey(kem, pair.publicKey)
      })
      const none = hpke.sealMany({ ...batch, publicKeys: publicKeys.slice(0, 0) })
      expect([none.kemOutputs.count, none.ciphertexts.count]).toEqual([0, 0])
    })
    it('derives the same key pairs as the other side, one and many', () => {
      const inputs = [bytesOf(32, 1), bytesOf(64, 2)]
      const pairs = inputs.map(input => other.kem.deriveKeyPair(input))
      const many = kem.deriveKeyPairMany(ByteList.of(inputs))
      expect([...ByteList.fixed(many.privateKeys, kem.privateKeyLength)]).toEqual(pairs.map(pair => pair.privateKey))
      expect([...ByteList.fixed(many.publicKeys, kem.publicKeyLength)]).toEqual(pairs.map(pair => pair.publicKey))
    })
    it('names bad public keys and bad KEM outputs', () => {
      const pair = kem.generateKeyPair()
      const bad = new Uint8Array(kem.publicKeyLength)
      const code = id === 1 || id === 3 || id === 4 || id === 6 || id > 7 ? 'low-order-point' : 'invalid-public-key'
      const keys = ByteList.of([pair.publicKey, bad])
      const batch = { publicKeys: keys, info: utf8(''), aad: utf8(''), plaintexts: ByteList.of([utf8('')]) }
      expect(() => hpke.sealMany(batch)).toThrow(failure('RejectedError', code, { index: 1 }))
      expect(() => kem.encapsulate(bad)).toThrow(failure('RejectedError', code))
      expect(() => checkKemPublicKey(kem, bad, { leaf: 7 })).toThrow(failure('RejectedError', code, { leaf: 7 }))
      expect(() => kem.decapsulate(pair, new Uint8Array(kem.outputLength))).toThrow(failure('RejectedError', code))
      const long = new Uint8Array(kem.outputLength + 1)
      expect(() => kem.decapsulate(pair, long)).toThrow(failure('RejectedError', 'invalid-public-key'))
    })
    it('signs what the other side verifies, with a key of its own making', () => {
      const key = generateSignatureKey()
      expect(key).not.toEqual(generateSignatureKey())
      const signer = signature.signer(key)
      const signed = labels.signWithLabel(signer, 'test', utf8('content'))
      expect(other.labels.verifyWithLabel(signer.publicKey, 'test', utf8('content'), signed)).toBe(true)
      expect(other.labels.verifyWithLabel(signer.publicKey, 'test', utf8('contents'), signed)).toBe(false)
      expect(other.labels.signWithLabel(other.signature.signer(key), 'test', utf8('content'))).toEqual(signed)
    })
  })
}
