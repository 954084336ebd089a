/**
 * Project Wycheproof against any primitive: one function per kind of file. Call them inside a `describe`; every case is run, in single
 * and in bulk calls, and a failure names the case. Exceptions, each counted and asserted by the functions themselves:
 * - AES-192: no cipher suite of RFC 9420 has it, so no primitive takes such keys.
 * - AEAD nonces of other lengths than 96 bits are refused with `wrong-length`, valid or not: HPKE and RFC 9420 use no others.
 * - A zero result of X25519 or X448 is refused with `low-order-point` (RFC 7748 section 6 allows, RFC 9180 section 7.1.4 demands it).
 * - X448 keys that are too long are refused with `invalid-public-key`, as the file wants.
 * - The one compressed point that ecdh_secp256r1_ecpoint calls acceptable is refused with `invalid-public-key`: RFC 9180 section
 *   7.1.1 has uncompressed points only.
 */
import { expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { CopathError } from '../../src/base/errors.ts'
import { fromDer, toDer } from '../../src/crypto/backends/ecdsa-encoding.ts'
import { NIST_CURVES, type NistCurveId } from '../../src/crypto/nist-curves.ts'
import type { Aead, DiffieHellman, Kdf, SignatureScheme } from '../../src/crypto/provider.ts'
import { describeVectors } from '../vectors/locate.ts'

type Result = 'valid' | 'invalid' | 'acceptable'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: Result
}

interface File<Group> {
  readonly numberOfTests: number
  readonly testGroups: readonly Group[]
}

/** What a call did: its bytes in hex, or the code of its error. */
function outcome(call: () => Uint8Array): string {
  try {
    return toHex(call())
  } catch (error) {
    if (error instanceof CopathError) return error.code
    throw error
  }
}

/** Runs all cases and reports those whose outcome is not the expected one. */
function expectAll<T extends Case>(cases: readonly T[], actual: (c: T) => unknown, expected: (c: T) => unknown): void {
  const failures = cases
    .map(c => ({ tcId: c.tcId, comment: c.comment, got: actual(c), wanted: expected(c) }))
    .filter(({ got, wanted }) => JSON.stringify(got) !== JSON.stringify(wanted))
  expect(failures).toEqual([])
}

interface AeadCase extends Case, Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string> {}
interface AeadGroup {
  readonly keySize: number
  readonly ivSize: number
  readonly tests: readonly AeadCase[]
}

/** aes_gcm_test.json or chacha20_poly1305_test.json, by the id of the primitive. */
export function wycheproofAead(aead: Aead): void {
  const file = aead.id === 'chacha20poly1305' ? 'chacha20_poly1305_test.json' : 'aes_gcm_test.json'
  describeVectors<File<AeadGroup>>(`wycheproof/${file}`, ({ testGroups }) => {
    const groups = testGroups.filter(group => group.keySize === 8 * aead.keyLength)
    const usual = groups.filter(group => group.ivSize === 8 * aead.nonceLength).flatMap(group => group.tests)
    const other = groups.filter(group => group.ivSize !== 8 * aead.nonceLength).flatMap(group => group.tests)
    const keySizes = new Set(testGroups.map(group => group.keySize))
    const sealed = (c: AeadCase): string => c.ct + c.tag
    const seal = (c: AeadCase) =>
      outcome(() => aead.seal(fromHex(c.key), fromHex(c.iv), fromHex(c.aad), fromHex(c.msg)))
    const open = (c: AeadCase) =>
      outcome(() => aead.open(fromHex(c.key), fromHex(c.iv), fromHex(c.aad), fromHex(sealed(c))))

    it(`opens or refuses ${usual.length} ciphertexts of ${aead.id}`, () => {
      expect([...keySizes].sort()).toEqual(aead.id === 'chacha20poly1305' ? [256] : [128, 192, 256])
      expect(usual.length).toBeGreaterThan(60)
      expectAll(usual, open, c => (c.result === 'valid' ? c.msg : 'invalid-tag'))
    })
    it(`seals to the published ciphertexts of ${aead.id}, in bulk too`, () => {
      const valid = usual.filter(c => c.result === 'valid')
      expectAll(valid, seal, sealed)
      const list = (field: 'key' | 'iv' | 'msg', cases: readonly AeadCase[]) =>
        ByteList.of(cases.map(c => fromHex(c[field])))
      for (const aad of new Set(valid.map(c => c.aad))) {
        const cases = valid.filter(c => c.aad === aad)
        const many = aead.sealMany(list('key', cases), list('iv', cases), fromHex(aad), list('msg', cases))
        expectAll(cases, c => toHex(many.at(cases.indexOf(c))), sealed)
      }
    })
    it(`refuses ${other.length} cases of ${aead.id} with nonces of other lengths`, () => {
      expectAll(
        other,
        c => [seal(c), open(c)],
        () => ['wrong-length', 'wrong-length'],
      )
    })
  })
}

interface MacCase extends Case, Record<'key' | 'msg' | 'tag', string> {}

/** hmac_sha*_test.json, by the id of the primitive. Shorter tags are the start of the full one. */
export function wycheproofHmac(kdf: Kdf): void {
  const file = `wycheproof/hmac_${kdf.id.slice('hkdf-'.length)}_test.json`
  describeVectors<File<{ tests: readonly MacCase[] }>>(file, ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => group.tests)
    it(`${numberOfTests} MACs of ${kdf.id}`, () => {
      expect(cases.length).toBe(numberOfTests)
      expectAll(
        cases,
        c => toHex(kdf.hmac(fromHex(c.key), fromHex(c.msg))).startsWith(c.tag),
        c => c.result === 'valid',
      )
    })
    it(`${numberOfTests} MACs of ${kdf.id} through extractMany`, () => {
      const all = kdf.extractMany(
        ByteList.of(cases.map(c => fromHex(c.key))),
        ByteList.of(cases.map(c => fromHex(c.msg))),
      )
      const macs = ByteList.fixed(all, kdf.length)
      expectAll(
        cases,
        c => toHex(macs.at(cases.indexOf(c))).startsWith(c.tag),
        c => c.result === 'valid',
      )
    })
  })
}

interface HkdfCase extends Case, Record<'ikm' | 'salt' | 'info' | 'okm', string> {
  readonly size: number
}

/** hkdf_sha*_test.json, by the id of the primitive. */
export function wycheproofHkdf(kdf: Kdf): void {
  const file = `wycheproof/hkdf_${kdf.id.slice('hkdf-'.length)}_test.json`
  describeVectors<File<{ tests: readonly HkdfCase[] }>>(file, ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => group.tests)
    const wanted = (c: HkdfCase) => (c.result === 'valid' ? c.okm : 'input-too-long')
    it(`${numberOfTests} derivations of ${kdf.id}`, () => {
      expect(cases.length).toBe(numberOfTests)
      const derive = (c: HkdfCase) => kdf.expand(kdf.extract(fromHex(c.salt), fromHex(c.ikm)), fromHex(c.info), c.size)
      expectAll(cases, c => outcome(() => derive(c)), wanted)
    })
    it(`${numberOfTests} derivations of ${kdf.id} through expandMany`, () => {
      const derive = (c: HkdfCase) => {
        const keys = ByteList.of([kdf.extract(fromHex(c.salt), fromHex(c.ikm))])
        return kdf.expandMany(keys, ByteList.of([fromHex(c.info), fromHex(c.info)]), c.size)
      }
      expectAll(
        cases,
        c => outcome(() => derive(c)),
        c => (c.result === 'valid' ? c.okm + c.okm : 'input-too-long'),
      )
    })
  })
}

interface DhCase extends Case, Record<'public' | 'private' | 'shared', string> {}

/** x25519_test.json or x448_test.json, by the id of the primitive. */
export function wycheproofMontgomery(dh: DiffieHellman): void {
  describeVectors<File<{ tests: readonly DhCase[] }>>(
    `wycheproof/${dh.id}_test.json`,
    ({ numberOfTests, testGroups }) => {
      const cases = testGroups.flatMap(group => group.tests)
      const isTooLong = (c: DhCase): boolean => c.flags.includes('PublicKeyTooLong')
      const isZero = (c: DhCase): boolean => /^0*$/.test(c.shared) && !isTooLong(c)
      it(`${numberOfTests} agreements of ${dh.id}, zero results refused`, () => {
        expect(cases.length).toBe(numberOfTests)
        expect(cases.filter(isZero)).toEqual(cases.filter(c => c.flags.includes('ZeroSharedSecret')))
        expectAll(
          cases,
          c => outcome(() => dh.shared(fromHex(c.private), fromHex(c.public))),
          c => (isTooLong(c) ? 'invalid-public-key' : isZero(c) ? 'low-order-point' : c.shared),
        )
      })
      it(`${numberOfTests} agreements of ${dh.id} through sharedMany`, () => {
        const good = cases.filter(c => !isZero(c) && !isTooLong(c))
        const keys = (list: readonly DhCase[]) => ByteList.of(list.map(c => fromHex(c.private)))
        const points = (list: readonly DhCase[]) => ByteList.of(list.map(c => fromHex(c.public)))
        const all = ByteList.fixed(dh.sharedMany(keys(good), points(good)), dh.sharedLength)
        expectAll(
          good,
          c => toHex(all.at(good.indexOf(c))),
          c => c.shared,
        )
        const wellFormed = cases.filter(c => !isTooLong(c))
        const first = wellFormed.findIndex(isZero)
        expect(() => dh.sharedMany(keys(wellFormed), points(wellFormed))).toThrow(
          expect.objectContaining({ code: 'low-order-point', details: expect.objectContaining({ index: first }) }),
        )
      })
    },
  )
}

/** ecdh_secp256r1_ecpoint_test.json. */
export function wycheproofEcdh(dh: DiffieHellman): void {
  const file = 'wycheproof/ecdh_secp256r1_ecpoint_test.json'
  describeVectors<File<{ tests: readonly DhCase[] }>>(file, ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => group.tests)
    // the file writes numbers: some with a leading zero too many, some with many too few
    const scalarOf = (c: DhCase) => fromHex(c.private.padStart(64, '0').slice(-64))
    it(`${numberOfTests} agreements of ${dh.id}, compressed points refused`, () => {
      expect(cases.length).toBe(numberOfTests)
      expect(cases.filter(c => c.result === 'acceptable').map(c => c.flags)).toEqual([
        ['CompressedPublic', 'CompressedPoint'],
      ])
      expectAll(
        cases,
        c => {
          const point = fromHex(c.public)
          const got = outcome(() => dh.shared(scalarOf(c), point))
          return [got, dh.acceptsPublicKey?.(point)]
        },
        c => (c.result === 'valid' ? [c.shared, true] : ['invalid-public-key', false]),
      )
    })
    it(`${numberOfTests} agreements of ${dh.id} through sharedMany`, () => {
      const good = cases.filter(c => c.result === 'valid')
      const keys = good.map(c => scalarOf(c))
      const points = good.map(c => fromHex(c.public))
      const all = ByteList.fixed(dh.sharedMany(ByteList.of(keys), ByteList.of(points)), dh.sharedLength)
      expectAll(
        good,
        c => toHex(all.at(good.indexOf(c))),
        c => c.shared,
      )
      for (const bad of cases.filter(c => c.result !== 'valid')) {
        const list = ByteList.of([points[0]!, points[1]!, fromHex(bad.public)])
        expect(() => dh.sharedMany(ByteList.of([keys[0]!]), list)).toThrow(
          expect.objectContaining({ code: 'invalid-public-key', details: expect.objectContaining({ index: 2 }) }),
        )
      }
    })
  })
}

interface EcdsaGroup {
  readonly publicKey: { readonly uncompressed: string }
  readonly tests: readonly EddsaCase[]
}

/** ecdsa_secp*_sha*_test.json, by the id of the primitive. */
export function wycheproofEcdsa(scheme: SignatureScheme): void {
  const file = `wycheproof/ecdsa_sec${scheme.id.replace('-', 'r1_')}_test.json`
  describeVectors<File<EcdsaGroup>>(file, ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => {
      const pk = fromHex(group.publicKey.uncompressed)
      return group.tests.map(test => ({ ...test, pk }))
    })
    it(`${numberOfTests} signatures of ${scheme.id}`, () => {
      expect(cases.length).toBe(numberOfTests)
      expectAll(
        cases,
        c => scheme.verify(c.pk, fromHex(c.msg), fromHex(c.sig)),
        c => c.result === 'valid',
      )
    })
    it(`valid signatures of ${scheme.id} with the other s, which is as good`, () => {
      const curve = NIST_CURVES[scheme.id.slice(0, 4) as NistCurveId]
      const order = BigInt(`0x${toHex(curve.order)}`)
      const valid = cases.filter((c, i) => c.result === 'valid' && i % 8 === 0)
      expect(valid.length).toBeGreaterThan(15)
      expectAll(
        valid,
        c => {
          const numbers = toHex(fromDer(curve, fromHex(c.sig))!)
          const half = numbers.length / 2
          const s = (order - BigInt(`0x${numbers.slice(half)}`)).toString(16).padStart(half, '0')
          return scheme.verify(c.pk, fromHex(c.msg), toDer(fromHex(numbers.slice(0, half) + s)))
        },
        () => true,
      )
    })
  })
}

interface EddsaCase extends Case, Record<'msg' | 'sig', string> {}
interface EddsaGroup {
  readonly publicKey: { readonly pk: string }
  readonly tests: readonly EddsaCase[]
}

/** ed25519_test.json or ed448_test.json, by the id of the primitive. */
export function wycheproofEddsa(scheme: SignatureScheme): void {
  describeVectors<File<EddsaGroup>>(`wycheproof/${scheme.id}_test.json`, ({ numberOfTests, testGroups }) => {
    const cases = testGroups.flatMap(group => group.tests.map(test => ({ ...test, pk: fromHex(group.publicKey.pk) })))
    it(`${numberOfTests} signatures of ${scheme.id}`, () => {
      expect(cases.length).toBe(numberOfTests)
      expectAll(
        cases,
        c => scheme.verify(c.pk, fromHex(c.msg), fromHex(c.sig)),
        c => c.result === 'valid',
      )
    })
    it(`${numberOfTests} signatures of ${scheme.id} through verifyMany`, () => {
      const bad = scheme.verifyMany({
        publicKeys: ByteList.of(cases.map(c => c.pk)),
        messages: ByteList.of(cases.map(c => fromHex(c.msg))),
        signatures: ByteList.of(cases.map(c => fromHex(c.sig))),
      })
      expect(bad).toEqual(cases.flatMap((c, i) => (c.result === 'valid' ? [] : [i])))
    })
  })
}
