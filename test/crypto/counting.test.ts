import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { EMPTY } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { seededBytes } from './seeded.ts'

const plain = createProvider({ random: out => out.set(seededBytes('counting', out.length)) })
const NOTHING = { dh: 0, base: 0, sign: 0, verify: 0, aead: 0, hash: 0, kdf: 0 }
const list = (count: number, length: number) =>
  ByteList.fixed(seededBytes(`list ${count} ${length}`, count * length), length)

describe('counting provider', () => {
  it('counts single calls and every item of bulk calls, by kind', () => {
    const counting = countOperations(plain)
    const suite = counting.suite(1)
    const dh = counting.primitive('x25519')
    const during = counting.during
    const keys = ByteList.fixed(plain.primitive('x25519').publicKeyMany(list(5, 32)), 32)
    expect(during(() => dh.publicKeyMany(list(5, 32)))).toEqual({ ...NOTHING, base: 5 })
    expect(during(() => dh.publicKey(keys.at(0)))).toEqual({ ...NOTHING, base: 1 })
    expect(during(() => dh.shared(keys.at(0), keys.at(1)))).toEqual({ ...NOTHING, dh: 1 })
    expect(during(() => dh.sharedMany(list(5, 32), keys))).toEqual({ ...NOTHING, dh: 5 })
    expect(during(() => dh.sharedMany(list(1, 32), keys))).toEqual({ ...NOTHING, dh: 5 })
    expect(during(() => dh.sharedMany(list(3, 32), keys.slice(0, 1)))).toEqual({ ...NOTHING, dh: 3 })
    expect(during(() => dh.sharedMany(list(1, 32), keys.slice(0, 0)))).toEqual(NOTHING)
    expect(during(() => suite.hash.digest(EMPTY))).toEqual({ ...NOTHING, hash: 1 })
    expect(during(() => suite.hash.stream().update(EMPTY).update(EMPTY).digest())).toEqual({ ...NOTHING, hash: 1 })
    expect(during(() => suite.hash.digestMany(keys))).toEqual({ ...NOTHING, hash: 5 })
    expect(during(() => suite.kdf.hmac(EMPTY, EMPTY))).toEqual({ ...NOTHING, kdf: 1 })
    expect(during(() => suite.kdf.expand(suite.kdf.extract(EMPTY, EMPTY), EMPTY, 100))).toEqual({ ...NOTHING, kdf: 2 })
    expect(during(() => suite.kdf.extractMany(ByteList.of([EMPTY]), keys))).toEqual({ ...NOTHING, kdf: 5 })
    expect(during(() => suite.kdf.expandMany(keys, ByteList.of([EMPTY]), 32))).toEqual({ ...NOTHING, kdf: 5 })
    const sealed = suite.aead.seal(seededBytes('k', 16), seededBytes('n', 12), EMPTY, EMPTY)
    expect(during(() => suite.aead.open(seededBytes('k', 16), seededBytes('n', 12), EMPTY, sealed))).toEqual({
      ...NOTHING,
      aead: 1,
    })
    expect(during(() => suite.aead.sealMany(list(4, 16), list(4, 12), EMPTY, list(4, 9)))).toEqual({
      ...NOTHING,
      aead: 4,
    })
    const signer = suite.signature.signer(seededBytes('s', 32))
    expect(during(() => signer.sign(EMPTY))).toEqual({ ...NOTHING, sign: 1 })
    const signature = signer.sign(EMPTY)
    expect(during(() => suite.signature.verify(signer.publicKey, EMPTY, signature))).toEqual({ ...NOTHING, verify: 1 })
    const batch = {
      publicKeys: ByteList.of([signer.publicKey, signer.publicKey]),
      messages: ByteList.of([EMPTY, EMPTY]),
      signatures: ByteList.of([signature, signature]),
    }
    expect(during(() => expect(suite.signature.verifyMany(batch)).toEqual([]))).toEqual({ ...NOTHING, verify: 2 })
    signer.wipe()
    expect(() => signer.sign(EMPTY)).toThrow(expect.objectContaining({ code: 'wiped-secret' }))
  })

  it('counts what suites do inside of HPKE, and failures too', () => {
    const counting = countOperations(plain)
    const { hpke } = counting.suite(3)
    const pair = hpke.kem.generateKeyPair()
    const sealing = counting.during(() => hpke.seal(pair.publicKey, EMPTY, EMPTY, EMPTY))
    expect(sealing).toMatchObject({ dh: 1, base: 1, aead: 1 })
    expect(() => counting.primitive('x25519').shared(pair.privateKey, new Uint8Array(32))).toThrow()
    expect(counting.counts().dh).toBe(2)
  })

  it('gives the same results, random source and choices as the provider it wraps', () => {
    const counting = countOperations(plain)
    expect(counting.random).toBe(plain.random)
    expect(counting.choices()).toEqual(plain.choices())
    expect(counting.suites()).toEqual(plain.suites())
    const [ours, theirs] = [counting, plain].map(p => p.primitive('x25519').publicKeyMany(list(3, 32)))
    expect(ours).toEqual(theirs)
  })
})
