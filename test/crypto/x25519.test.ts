/** RFC 7748, X25519 in both curve modules: published vectors, every Wycheproof case, edge keys, 10,000 cases in one digest, bad input. */
import { createHash, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { x25519 as noble } from '@noble/curves/ed25519.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, fromHex, toHex } from '../../src/base/bytes.ts'
import { type CurveKind, curve } from '../../src/crypto/backends/wasm/curve.ts'
import { createX25519 } from '../../src/crypto/backends/wasm/x25519.ts'
import { seededBytes } from './seeded.ts'
import { wycheproofMontgomery } from './wycheproof.ts'

const KINDS: readonly CurveKind[] = ['fma', 'integer']
const P = 2n ** 255n - 19n

function littleEndian(value: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}

function openssl(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const key = Buffer.from(concat(fromHex('302e020100300506032b656e04220420'), privateKey))
  const peer = Buffer.from(concat(fromHex('302a300506032b656e032100'), publicKey))
  return diffieHellman({
    privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: peer, format: 'der', type: 'spki' }),
  })
}

// the coordinates of the points of order 1, 2, 4 and 8 on the curve and on its twist, with bit 255 clear and set
const LOW_ORDER = [0n, 1n, P - 1n, P, P + 1n]
  .map(littleEndian)
  .concat(fromHex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'))
  .concat(fromHex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'))
  .flatMap(u => [u, u.with(31, u[31]! | 128)])

const POWERS = [50n, 51n, 101n, 102n, 153n, 204n, 254n].map(n => 2n ** n)
const EDGE_POINTS = [2n, 3n, 9n, P - 2n, P + 2n, P + 18n, 2n ** 255n + 9n, 2n ** 256n - 1n, ...POWERS, P - 2n ** 50n]
const EDGE_SCALARS = [0n, 1n, 7n, 8n, 2n ** 254n - 1n, 2n ** 255n - 1n, 2n ** 256n - 1n, 2n ** 252n, 2n ** 255n - 8n]

/** Items of 32 bytes. */
interface Cases {
  readonly scalars: ByteList
  readonly points: ByteList
}

const EDGES: Cases = {
  scalars: ByteList.of(EDGE_SCALARS.flatMap(scalar => EDGE_POINTS.map(() => littleEndian(scalar)))),
  points: ByteList.of(EDGE_SCALARS.flatMap(() => EDGE_POINTS.map(littleEndian))),
}
const SEEDED: Cases = {
  scalars: ByteList.fixed(seededBytes('x25519 scalars', 320_000), 32),
  points: ByteList.fixed(seededBytes('x25519 points', 320_000), 32),
}

function digest(results: Iterable<Uint8Array>): string {
  const hash = createHash('sha256')
  for (const result of results) hash.update(result)
  return hash.digest('hex')
}

function* each({ scalars, points }: Cases, agree: (scalar: Uint8Array, point: Uint8Array) => Uint8Array) {
  for (let i = 0; i < scalars.count; i++) yield agree(scalars.at(i), points.at(i))
}

/** The first `count` cases. */
function first(count: number, { scalars, points }: Cases): Cases {
  return { scalars: scalars.slice(0, count), points: points.slice(0, count) }
}

/** Of all seeded cases, and of the first 500; computed with OpenSSL, which repeats the second below. */
const SEEDED_DIGEST = 'c1bfedf733de9653997179076c3b3adcdc338476a5bc369bc66cdb2d1d7f9c02'
const FIRST_DIGEST = 'bd5af404367f561b1361a3c9ee2beff45fe3aceff5a0bb8122aa36e1e0c9d83c'

let edgeDigest = ''
beforeAll(() => {
  edgeDigest = digest(each(EDGES, openssl))
})

it('noble and OpenSSL agree on edge cases and on the first 500 seeded cases', () => {
  expect(digest(each(EDGES, noble.getSharedSecret))).toBe(edgeDigest)
  for (const agree of [openssl, noble.getSharedSecret]) {
    expect(digest(each(first(500, SEEDED), agree))).toBe(FIRST_DIGEST)
  }
})

describe.each(KINDS)('X25519, %s module', kind => {
  const x25519 = createX25519(kind)
  const agree = (k: string, u: string) => toHex(x25519.shared(fromHex(k), fromHex(u)))

  it('RFC 7748 section 5.2: two vectors', () => {
    expect(
      agree(
        'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
        'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      ),
    ).toBe('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552')
    expect(
      agree(
        '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
        'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      ),
    ).toBe('95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957')
  })

  it('RFC 7748 section 5.2: 1,000 iterations', () => {
    let k = littleEndian(9n)
    let u = littleEndian(9n)
    for (let i = 1; i <= 1000; i++) {
      const next = x25519.shared(k, u)
      u = k
      k = next
      if (i === 1) expect(toHex(k)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
    }
    expect(toHex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
  })

  it('RFC 7748 section 6.1: the key exchange', () => {
    const alice = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'
    const bob = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'
    const publicKeys = ByteList.fixed(x25519.publicKeyMany(ByteList.of([fromHex(alice), fromHex(bob)])), 32)
    expect(toHex(publicKeys.at(0))).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    expect(toHex(publicKeys.at(1))).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
    expect(toHex(x25519.publicKey(fromHex(alice)))).toBe(toHex(publicKeys.at(0)))
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(agree(alice, toHex(publicKeys.at(1)))).toBe(shared)
    expect(agree(bob, toHex(publicKeys.at(0)))).toBe(shared)
  })

  wycheproofMontgomery(x25519)

  it('edge scalars with edge points, one and many', () => {
    expect(digest(each(EDGES, x25519.shared))).toBe(edgeDigest)
    expect(digest([x25519.sharedMany(EDGES.scalars, EDGES.points)])).toBe(edgeDigest)
  })

  it('10,000 seeded cases in one digest, one and many', () => {
    expect(digest(each(SEEDED, x25519.shared))).toBe(SEEDED_DIGEST)
    expect(digest([x25519.sharedMany(SEEDED.scalars, SEEDED.points)])).toBe(SEEDED_DIGEST)
    expect(digest(each(first(500, SEEDED), x25519.shared))).toBe(FIRST_DIGEST)
  })

  it('bulk calls of every small size, and one item serving for all', () => {
    for (let n = 0; n <= 5; n++) {
      const { scalars, points } = first(n, SEEDED)
      expect(x25519.sharedMany(scalars, points)).toEqual(concat(...each({ scalars, points }, x25519.shared)))
      expect(x25519.publicKeyMany(scalars)).toEqual(concat(...[...scalars].map(key => x25519.publicKey(key))))
    }
    const { scalars, points } = first(3, SEEDED)
    expect(x25519.sharedMany(scalars.slice(1, 2), points)).toEqual(
      concat(...[...points].map(point => x25519.shared(scalars.at(1), point))),
    )
    expect(x25519.sharedMany(scalars, points.slice(2, 3))).toEqual(
      concat(...[...scalars].map(scalar => x25519.shared(scalar, points.at(2)))),
    )
  })

  it('public keys are the base point times the private key, across chunks', () => {
    const keys = SEEDED.scalars.slice(0, 515)
    const base = ByteList.of([littleEndian(9n)])
    expect(x25519.publicKeyMany(keys)).toEqual(x25519.sharedMany(keys, base))
  })

  it('refuses points of low order, whatever the key', () => {
    for (const point of LOW_ORDER) {
      for (const scalar of EDGE_SCALARS) {
        expect(() => x25519.shared(littleEndian(scalar), point)).toThrow(
          expect.objectContaining({ name: 'RejectedError', code: 'low-order-point' }),
        )
      }
    }
  })

  it('a bulk call names the first bad index', () => {
    const scalars = SEEDED.scalars.slice(0, 400)
    for (const bad of [[0], [1], [0, 1], [2, 3], [255], [256], [299, 300, 301], [399], [398, 399], [5, 4]]) {
      const points = ByteList.fixed(SEEDED.points.bytes.slice(0, 400 * 32), 32)
      for (const i of bad) points.at(i).fill(0)
      expect(() => x25519.sharedMany(scalars, points)).toThrow(
        expect.objectContaining({ code: 'low-order-point', details: { index: Math.min(...bad) } }),
      )
      const odd = bad[0]! + 1
      expect(() => x25519.sharedMany(scalars.slice(0, odd), points.slice(0, odd))).toThrow(
        expect.objectContaining({ code: 'low-order-point' }),
      )
    }
  })

  it('refuses wrong lengths', () => {
    const key = littleEndian(8n)
    for (const wrong of [key.subarray(1), new Uint8Array(33), new Uint8Array(0)]) {
      expect(() => x25519.shared(wrong, key)).toThrow(
        expect.objectContaining({ name: 'UsageError', code: 'wrong-length' }),
      )
      expect(() => x25519.publicKey(wrong)).toThrow(expect.objectContaining({ code: 'wrong-length' }))
      expect(() => x25519.shared(key, wrong)).toThrow(
        expect.objectContaining({ name: 'RejectedError', code: 'invalid-public-key' }),
      )
      const [keys, wrongs] = [ByteList.of([key, key]), ByteList.of([key, wrong])]
      expect(() => x25519.sharedMany(wrongs, keys)).toThrow(
        expect.objectContaining({ details: expect.objectContaining({ index: 1 }) }),
      )
      expect(() => x25519.sharedMany(keys, wrongs)).toThrow(
        expect.objectContaining({ code: 'invalid-public-key', details: expect.objectContaining({ index: 1 }) }),
      )
      expect(() => x25519.publicKeyMany(wrongs)).toThrow(expect.objectContaining({ code: 'wrong-length' }))
    }
  })

  it('leaves no secret in linear memory, after errors neither', () => {
    const wasm = curve(kind)
    const scalars = ByteList.fixed(seededBytes('x25519 wiping', 32 * 301), 32)
    const points = ByteList.fixed(SEEDED.points.bytes.slice(0, 32 * 301), 32)
    const secrets = [...scalars, x25519.shared(scalars.at(0), points.at(0))].concat(
      ...ByteList.fixed(x25519.sharedMany(scalars, points), 32),
    )
    points.at(300).fill(0)
    expect(() => x25519.sharedMany(scalars, points)).toThrow()
    expect(() => x25519.shared(scalars.at(300), points.at(300))).toThrow()
    x25519.publicKey(scalars.at(1))
    x25519.publicKeyMany(scalars)
    const memory = Buffer.from(wasm.bytes())
    for (const secret of secrets) {
      // halves, so that a clamped or truncated copy is found too
      expect(memory.indexOf(secret.subarray(1, 17))).toBe(-1)
      expect(memory.indexOf(secret.subarray(15, 31))).toBe(-1)
    }
    const constant = (name: string): number => (wasm.exports[name] as WebAssembly.Global).value
    const scratch = constant('SCRATCH')
    expect(memory.subarray(wasm.io, wasm.io + wasm.ioSize).some(byte => byte !== 0)).toBe(false)
    expect(memory.subarray(scratch, scratch + constant('SCRATCH_SIZE')).some(byte => byte !== 0)).toBe(false)
    expect(memory.subarray(wasm.reserve(0)).some(byte => byte !== 0)).toBe(false)
  })
})
