/** The contract of the curves besides Curve25519: what provider.ts promises, whatever the lengths are. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { toHex } from '../../../src/base/bytes.ts'
import { NIST_CURVES, type NistCurveId } from '../../../src/crypto/nist-curves.ts'
import type { DiffieHellman, SignatureScheme } from '../../../src/crypto/provider.ts'
import { bytesOf, expectPure, failure, joined, privateKeyOf, privateKeysOf, sliced, unaligned } from './tools.ts'

const COUNTS = [0, 1, 2, 5]

const nistCurveOf = (id: string) => NIST_CURVES[id.slice(0, 4) as NistCurveId]

/** Byte strings of the right length that are no private keys: 0, the order, one more, and all ones. Empty where all are private keys. */
function noPrivateKeys(id: string): Uint8Array[] {
  const curve = nistCurveOf(id)
  if (curve === undefined) return []
  const above = curve.order.slice()
  above[above.length - 1]! += 1
  return [new Uint8Array(curve.scalarLength), curve.order, above, new Uint8Array(curve.scalarLength).fill(0xff)]
}

/** The least and the greatest private keys of a NIST curve; for X448 and Ed448, whatever bytes. */
function edgePrivateKeys({ id, privateKeyLength }: DiffieHellman | SignatureScheme): Uint8Array[] {
  const order = nistCurveOf(id)?.order
  const one = new Uint8Array(privateKeyLength)
  one[order ? privateKeyLength - 1 : 0] = 1
  if (order === undefined) return [one, new Uint8Array(privateKeyLength), new Uint8Array(privateKeyLength).fill(0xff)]
  const most = order.slice()
  most[most.length - 1]! -= 1
  return [one, most]
}

/** Public keys of the right length that no private key has, with the code that they are refused by. */
function badPublicKeys(dh: DiffieHellman): { key: Uint8Array; code: 'invalid-public-key' | 'low-order-point' }[] {
  const zeros = new Uint8Array(dh.publicKeyLength)
  if (nistCurveOf(dh.id) === undefined) return [{ key: zeros, code: 'low-order-point' }]
  const good = dh.publicKey(privateKeyOf(dh, 1))
  const changed = (at: number, by: (byte: number) => number): Uint8Array => {
    const key = good.slice()
    key[at] = by(key[at]!)
    return key
  }
  const even = good[good.length - 1]! % 2
  const bad = [
    zeros,
    changed(good.length - 1, byte => byte ^ 1),
    changed(5, byte => byte ^ 0x80),
    // the marks of compressed and of hybrid points, on a key that is neither
    ...[0, 2 + even, 5, 6 + even].map(mark => changed(0, () => mark)),
    // coordinates that are not reduced
    new Uint8Array(good.length).fill(0xff).fill(4, 0, 1),
  ]
  return bad.map(key => ({ key, code: 'invalid-public-key' }) as const)
}

/** Diffie-Hellman: P-256, P-384, P-521, X448. */
export function describeCurveAgreement(dh: DiffieHellman, reference: DiffieHellman): void {
  const one = (item: Uint8Array): ByteList => ByteList.of([item])
  const pointOf = (seed: number) => reference.publicKey(privateKeyOf(dh, seed))

  describe(dh.id, () => {
    it('agrees with the reference, at the limits too, and gives both sides the same secret', () => {
      const keys = [...edgePrivateKeys(dh), ...[1, 2, 3].map(seed => privateKeyOf(dh, seed))]
      for (const key of keys) {
        const point = dh.publicKey(unaligned(key))
        expect(point).toEqual(reference.publicKey(key))
        expect(point).toHaveLength(dh.publicKeyLength)
        const shared = dh.shared(unaligned(privateKeyOf(dh, 9)), unaligned(point))
        expect(shared, toHex(key)).toEqual(reference.shared(key, pointOf(9)))
        expect(shared).toHaveLength(dh.sharedLength)
      }
    })
    it('refuses bad public keys, alone and by their index', () => {
      const good = pointOf(4)
      expect(dh.acceptsPublicKey?.(good)).not.toBe(false)
      for (const { key, code } of badPublicKeys(dh)) {
        expect(() => dh.shared(privateKeyOf(dh, 5), key), toHex(key)).toThrow(failure('RejectedError', code))
        expect(dh.acceptsPublicKey?.(key)).not.toBe(true)
        const list = ByteList.of([good, good, key, good, key])
        const named = failure('RejectedError', code, { index: 2 })
        expect(() => dh.sharedMany(one(privateKeyOf(dh, 6)), list)).toThrow(named)
      }
    })
    it('refuses what is no private key, and makes none of it', () => {
      const point = pointOf(7)
      for (const key of noPrivateKeys(dh.id)) {
        const wrong = failure('UsageError', 'invalid-private-key')
        expect(() => dh.publicKey(key)).toThrow(wrong)
        expect(() => dh.shared(key, point)).toThrow(wrong)
        const keys = ByteList.of([privateKeyOf(dh, 8), key])
        const named = failure('UsageError', 'invalid-private-key', { index: 1 })
        expect(() => dh.publicKeyMany(keys)).toThrow(named)
        expect(() => dh.sharedMany(keys, one(point))).toThrow(named)
      }
      const order = nistCurveOf(dh.id)?.order.slice()
      if (order !== undefined) expect(dh.toPrivateKey?.(order)).toBe(false)
      else expect(dh.toPrivateKey).toBe(undefined)
    })
    it('blames the caller for private keys and the sender for public keys of the wrong length', () => {
      const [key, point] = [privateKeyOf(dh, 9), pointOf(10)]
      for (const by of [-1, 1]) {
        const own = failure('UsageError', 'wrong-length', { expected: dh.privateKeyLength })
        expect(() => dh.publicKey(bytesOf(dh.privateKeyLength + by, 11))).toThrow(own)
        expect(() => dh.shared(bytesOf(dh.privateKeyLength + by, 12), point)).toThrow(own)
        const foreign = failure('RejectedError', 'invalid-public-key')
        expect(() => dh.shared(key, bytesOf(dh.publicKeyLength + by, 13))).toThrow(foreign)
        const points = ByteList.of([point, bytesOf(dh.publicKeyLength + by, 15)])
        const named = failure('RejectedError', 'invalid-public-key', { index: 1 })
        expect(() => dh.sharedMany(one(key), points)).toThrow(named)
      }
    })
    it.each(COUNTS)('serves %i items as single calls do, one item serving for all', count => {
      const keys = privateKeysOf(dh, count, 16)
      const points = ByteList.fixed(reference.publicKeyMany(privateKeysOf(dh, count, 40)), dh.publicKeyLength)
      const [key, point] = [privateKeyOf(dh, 18), pointOf(19)]
      for (const list of [keys, sliced(keys)]) {
        expect(dh.publicKeyMany(list)).toEqual(joined([...keys].map(k => dh.publicKey(k))))
        expect(dh.sharedMany(list, points)).toEqual(joined([...keys].map((k, i) => dh.shared(k, points.at(i)))))
      }
      expect(dh.sharedMany(one(key), sliced(points))).toEqual(joined([...points].map(p => dh.shared(key, p))))
      expect(dh.sharedMany(keys, one(point))).toEqual(joined([...keys].map(k => dh.shared(k, point))))
    })
    it('refuses lists that do not belong together', () => {
      const wrong = failure('UsageError', 'wrong-argument')
      const points = ByteList.of([pointOf(1), pointOf(2), pointOf(3)])
      expect(() => dh.sharedMany(privateKeysOf(dh, 2, 20), points)).toThrow(wrong)
      expect(() => dh.sharedMany(privateKeysOf(dh, 0, 20), points)).toThrow(wrong)
    })
    it('changes no input and returns arrays of its own', () => {
      const [key, point] = [privateKeyOf(dh, 26), pointOf(27)]
      expectPure([key], () => dh.publicKey(key))
      expectPure([key, point], () => dh.shared(key, point))
      expectPure([key, point], () => dh.sharedMany(one(key), ByteList.fixed(point, dh.publicKeyLength)))
      expectPure([key], () => dh.publicKeyMany(ByteList.fixed(key, dh.privateKeyLength)))
    })
  })
}

/** Signatures: ECDSA on P-256, P-384, P-521, and Ed448. All of them are deterministic. */
export function describeCurveSignature(scheme: SignatureScheme, reference: SignatureScheme): void {
  const signer = scheme.signer(privateKeyOf(scheme, 1))
  const signed = (i: number) => {
    const message = bytesOf(i, i)
    return { publicKey: signer.publicKey, message, signature: signer.sign(message) }
  }
  const batchOf = (items: readonly ReturnType<typeof signed>[]) => ({
    publicKeys: ByteList.of(items.map(item => item.publicKey)),
    messages: ByteList.of(items.map(item => item.message)),
    signatures: ByteList.of(items.map(item => item.signature)),
  })

  describe(scheme.id, () => {
    it('signs as the reference does, which verifies it, with keys at the limits too', () => {
      const keys = [...edgePrivateKeys(scheme), privateKeyOf(scheme, 2), privateKeyOf(scheme, 3)]
      for (const [i, key] of keys.entries()) {
        const message = bytesOf(77 * i, i)
        const own = scheme.signer(unaligned(key))
        const signature = own.sign(unaligned(message))
        const other = reference.signer(key)
        expect([own.publicKey, scheme.publicKey(key)]).toEqual([other.publicKey, other.publicKey])
        expect(signature).toEqual(other.sign(message))
        expect(own.publicKey).toHaveLength(scheme.publicKeyLength)
        expect(reference.verify(own.publicKey, message, signature)).toBe(true)
        expect(scheme.verify(unaligned(own.publicKey), unaligned(message), unaligned(signature))).toBe(true)
      }
    })
    it('refuses what was changed anywhere, without an error', () => {
      const { publicKey, message, signature } = signed(40)
      const changed = (bytes: Uint8Array, at: number): Uint8Array => {
        const out = bytes.slice()
        out[at]! ^= 1
        return out
      }
      expect(scheme.verify(publicKey, message, signature)).toBe(true)
      for (let at = 0; at < signature.length; at += 3) {
        expect(scheme.verify(publicKey, message, changed(signature, at)), `signature, byte ${at}`).toBe(false)
      }
      for (let at = 0; at < publicKey.length; at += 7) {
        expect(scheme.verify(changed(publicKey, at), message, signature), `key, byte ${at}`).toBe(false)
      }
      expect(scheme.verify(publicKey, changed(message, 5), signature)).toBe(false)
      for (const other of [signature.slice(1), signature.slice(0, -1), new Uint8Array(0), new Uint8Array(200)]) {
        expect(scheme.verify(publicKey, message, other)).toBe(false)
        expect(scheme.verify(other, message, signature)).toBe(false)
      }
      expect(scheme.verify(publicKey, message, Uint8Array.of(...signature, 0))).toBe(false)
    })
    it.each(COUNTS)('names the bad ones among %i', count => {
      const items = Array.from({ length: count }, (_, i) => signed(i))
      expect(scheme.verifyMany(batchOf(items))).toEqual([])
      const spoiled = items.map((item, i) => (i % 2 === 1 ? { ...item, message: bytesOf(9, 9) } : item))
      expect(scheme.verifyMany(batchOf(spoiled))).toEqual(items.flatMap((_, i) => (i % 2 === 1 ? [i] : [])))
    })
    it('refuses what is no private key, and lists that do not belong together', () => {
      for (const key of noPrivateKeys(scheme.id)) {
        expect(() => scheme.signer(key)).toThrow(failure('UsageError', 'invalid-private-key'))
        expect(() => scheme.publicKey(key)).toThrow(failure('UsageError', 'invalid-private-key'))
      }
      for (const by of [-1, 1]) {
        const wrong = failure('UsageError', 'wrong-length', { expected: scheme.privateKeyLength })
        expect(() => scheme.signer(bytesOf(scheme.privateKeyLength + by, 1))).toThrow(wrong)
        expect(() => scheme.publicKey(bytesOf(scheme.privateKeyLength + by, 1))).toThrow(wrong)
      }
      const { publicKeys, messages, signatures } = batchOf([signed(1), signed(2)])
      const wrong = failure('UsageError', 'wrong-argument')
      expect(() => scheme.verifyMany({ publicKeys: publicKeys.slice(0, 1), messages, signatures })).toThrow(wrong)
    })
    it('owns its key: the caller may wipe theirs, and a wiped signer signs no more', () => {
      const key = privateKeyOf(scheme, 77)
      const own = scheme.signer(key)
      const before = own.sign(bytesOf(5, 1))
      key.fill(0)
      expect(own.sign(bytesOf(5, 1))).toEqual(before)
      own.wipe()
      own.wipe()
      expect(() => own.sign(bytesOf(5, 1))).toThrow(failure('UsageError', 'wiped-secret'))
    })
    it('changes no input and returns arrays of its own', () => {
      const [key, message] = [privateKeyOf(scheme, 2), bytesOf(90, 3)]
      const own = scheme.signer(key)
      expectPure([key], () => scheme.publicKey(key))
      expectPure([key], () => scheme.signer(key).publicKey)
      expectPure([key, message], () => own.sign(message))
    })
  })
}
