/** Products of X25519 keys and the curve's own points, on every backend that knows about them. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { toHex } from '../../src/base/bytes.ts'
import { backendsUnderTest } from './backends.ts'
import { seededBytes } from './seeded.ts'

const P = 2n ** 255n - 19n
const bigOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes.slice().reverse())}`)

/** Euler's criterion, written down once more. */
function onCurve(key: Uint8Array): boolean {
  const u = (bigOf(key) & (2n ** 255n - 1n)) % P
  let result = 1n
  let power = (u * u * u + 486662n * u * u + u) % P
  for (let rest = (P - 1n) / 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * power) % P
    power = (power * power) % P
  }
  return result === 1n
}

const backends = (await backendsUnderTest()).filter(({ primitives }) => primitives.x25519?.composition !== undefined)

it('JavaScript and both curve modules have it, and so the default', () => {
  expect(backends.map(({ name }) => name)).toEqual(['noble', 'wasm', 'wasm', 'wasm'])
})

describe.each(backends)('$detail', ({ name, primitives }) => {
  const dh = primitives.x25519!
  const { product, firstOffCurve } = dh.composition!
  const rounds = name === 'noble' ? 8 : 300
  const seeds = seededBytes('composition', 32 * 3 * rounds)
  const at = (i: number) => seeds.subarray(32 * i, 32 * (i + 1))

  it('a product does to points what its factors do, is clamped, and multiplies on', () => {
    for (let i = 0; i < rounds; i++) {
      const [a, b, point] = [at(3 * i), at(3 * i + 1), dh.publicKey(at(3 * i + 2))]
      const both = product(a, b)
      expect(both[0]! & 7).toBe(0)
      expect(both[31]! >> 6).toBe(1)
      const expected = dh.shared(b, dh.shared(a, point))
      expect(toHex(dh.shared(both, point))).toBe(toHex(expected))
      expect(toHex(product(b, a))).toBe(toHex(both))
      const more = at((3 * i + 5) % (3 * rounds))
      expect(toHex(dh.shared(product(both, more), point))).toBe(toHex(dh.shared(more, expected)))
    }
  })

  it('products of keys at the edges: no bits, all bits, and equal keys', () => {
    const edges = [0, 0xff, 7, 0x80].map(byte => new Uint8Array(32).fill(byte))
    const point = dh.publicKey(at(0))
    for (const a of edges) {
      for (const b of edges)
        expect(toHex(dh.shared(product(a, b), point))).toBe(toHex(dh.shared(b, dh.shared(a, point))))
    }
  })

  it('on the twist a product does something else, which is why points of it are refused', () => {
    const twisted = Array.from({ length: 40 }, (_, i) => at(i % (3 * rounds))).find(key => !onCurve(key))!
    const [a, b] = [at(1), at(2)]
    expect(toHex(dh.shared(product(a, b), twisted))).not.toBe(toHex(dh.shared(b, dh.shared(a, twisted))))
  })

  it('tells points of the curve from points of the twist, wherever they stand', () => {
    const good = Array.from({ length: 5 }, (_, i) => dh.publicKey(at(i)))
    for (let i = 0; i < Math.min(40, 3 * rounds); i++) {
      expect(firstOffCurve(ByteList.of([at(i)]))).toBe(onCurve(at(i)) ? 1 : 0)
    }
    const twisted = Array.from({ length: 40 }, (_, i) => at(i % (3 * rounds))).find(key => !onCurve(key))!
    for (let count = 0; count <= 5; count++) {
      expect(firstOffCurve(ByteList.of(good.slice(0, count)))).toBe(count)
      for (let i = 0; i < count; i++) expect(firstOffCurve(ByteList.of(good.slice(0, count).with(i, twisted)))).toBe(i)
    }
    const many = Array.from({ length: 300 }, (_, i) => good[i % 5]!)
    expect(firstOffCurve(ByteList.of(many))).toBe(300)
    expect(firstOffCurve(ByteList.of(many.with(299, twisted).with(258, new Uint8Array(32))))).toBe(258)
  })

  it('refuses wrong lengths', () => {
    expect(() => product(new Uint8Array(31), at(0))).toThrow(expect.objectContaining({ code: 'wrong-length' }))
    expect(() => product(at(0), new Uint8Array(33))).toThrow(expect.objectContaining({ code: 'wrong-length' }))
    expect(() => firstOffCurve(ByteList.of([new Uint8Array(31)]))).toThrow(
      expect.objectContaining({ code: 'invalid-public-key' }),
    )
  })
})
