import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { inflate } from '../../src/crypto/backends/wasm/inflate.ts'

describe('inflate (RFC 1951)', () => {
  const text = new Uint8Array(Buffer.from('abcabcabc '.repeat(500)))
  const inputs = { empty: new Uint8Array(0), text, noise: new Uint8Array(randomBytes(100_000)) }
  for (const [name, data] of Object.entries(inputs)) {
    for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { level: 9, strategy: 4 }]) {
      it(`unpacks ${name} packed with ${JSON.stringify(options)}`, () => {
        expect(inflate(new Uint8Array(deflateRawSync(data, options)), data.length)).toEqual(data)
      })
    }
  }

  it('unpacks blocks of different kinds one after the other', () => {
    const noise = new Uint8Array(randomBytes(70_000))
    const mixed = new Uint8Array([...text, ...noise, ...text, ...noise.subarray(0, 500)])
    for (const level of [1, 6, 9]) {
      expect(inflate(new Uint8Array(deflateRawSync(mixed, { level })), mixed.length)).toEqual(mixed)
    }
  })

  it('unpacks what refers back into a dictionary', () => {
    const dictionary = new Uint8Array(randomBytes(5000))
    const data = new Uint8Array([...dictionary.subarray(1000), ...text, ...dictionary])
    const packed = new Uint8Array(deflateRawSync(data, { dictionary, level: 9 }))
    expect(packed.length).toBeLessThan(1000)
    expect(inflate(packed, data.length, dictionary)).toEqual(data)
    expect(() => inflate(packed, data.length)).toThrow(/bug in copath/)
  })

  it('refuses truncated, short and long streams', () => {
    const packed = new Uint8Array(deflateRawSync(text))
    expect(() => inflate(packed.subarray(0, packed.length - 3), text.length)).toThrow(/bug in copath/)
    expect(() => inflate(packed, text.length - 1)).toThrow(/bug in copath/)
    expect(() => inflate(packed, text.length + 1)).toThrow(/bug in copath/)
  })
})
