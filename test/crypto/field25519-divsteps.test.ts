/** Inverses by divsteps against BigInt: edges and random elements, in both modules. */
import { describe, expect, it } from 'vitest'
import { CURVE_MODULES, curveModule } from './curve-modules.ts'
import { fromLittleEndian, littleEndian, P } from './ed25519-forge.ts'
import { seededBytes } from './seeded.ts'

describe.each(CURVE_MODULES)('%s: inverses by divsteps', name => {
  const m = curveModule(name)
  const pair = m.reserve(160)
  const inverse = (x: bigint, out = pair + 80): bigint => {
    m.write(m.io, littleEndian(x, 32))
    m.call('fromBytes', pair, 0, m.io)
    m.call('invertOne', out, pair)
    m.call('toBytes', m.io, out, 0)
    m.call('toBytes', m.io + 32, out, 1)
    const [first, second] = [m.read(m.io, 32), m.read(m.io + 32, 32)].map(fromLittleEndian)
    expect(second).toBe(first)
    return first!
  }

  it('of zero is zero, of everything else what it should be', () => {
    const elements = [0n, P]
    for (let i = 1n; i < 40n; i++) elements.push(i, P - i)
    for (let bit = 0n; bit < 255n; bit++) elements.push(1n << bit, (1n << bit) - 1n, P - (1n << bit))
    const random = seededBytes('divsteps', 32 * 3000)
    for (let i = 0; i < 3000; i++) elements.push(fromLittleEndian(random.subarray(32 * i, 32 * i + 32)) >> 1n)
    for (const x of elements) {
      const y = inverse(x)
      expect(y < P).toBe(true)
      expect((x * y) % P).toBe(x % P === 0n ? 0n : 1n)
    }
  })

  it('in place, and leaves nothing in the scratch region', () => {
    expect(inverse(2n, pair)).toBe((P + 1n) / 2n)
    m.call('wipeFieldScratch')
    expect(m.read(m.scratch, m.scratchSize).every(byte => byte === 0)).toBe(true)
  })
})
