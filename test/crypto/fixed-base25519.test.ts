/** X25519 public keys by the fixed-base table, one and many, against node:crypto. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { CURVE_MODULES, curveModule } from './curve-modules.ts'
import { seededBytes } from './seeded.ts'

const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
function nodePublicKey(key: Uint8Array): string {
  const privateKey = createPrivateKey({ key: Buffer.from(concat(PKCS8, key)), format: 'der', type: 'pkcs8' })
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
}

const KEYS = [
  new Uint8Array(32),
  new Uint8Array(32).fill(255),
  new Uint8Array(32).fill(0x88),
  new Uint8Array(32).fill(0x77),
]
for (let bit = 0; bit < 256; bit += 5) {
  const key = new Uint8Array(32)
  key[bit >> 3] = 1 << (bit & 7)
  KEYS.push(key)
}
const random = seededBytes('x25519 public', 32 * 64)
for (let i = 0; i < 64; i++) KEYS.push(random.slice(32 * i, 32 * i + 32))
const WANT = KEYS.map(nodePublicKey)

describe.each(CURVE_MODULES)('%s: X25519 public keys', name => {
  const m = curveModule(name)
  const clean = () => m.read(m.scratch, m.scratchSize).every(byte => byte === 0)

  it('one at a time, in place too', () => {
    for (const [i, key] of KEYS.entries()) {
      m.write(m.io, key)
      m.call('x25519_public', m.io + 32, m.io)
      expect(toHex(m.read(m.io + 32, 32))).toBe(WANT[i])
      m.call('x25519_public', m.io, m.io)
      expect(toHex(m.read(m.io, 32))).toBe(WANT[i])
      expect(clean()).toBe(true)
    }
  })

  it('many at a time: even and odd counts, nothing left in the working space', () => {
    for (const n of [0, 1, 2, 3, 7, 64, KEYS.length]) {
      const space = m.call('x25519_public_many_space', n)
      const arena = m.reserve(64 * n + space + 16)
      const work = arena + 64 * n
      m.write(arena, concat(...KEYS.slice(0, n)))
      m.call('x25519_public_many', arena + 32 * n, arena, n, work)
      const got = m.read(arena + 32 * n, 32 * n)
      for (let i = 0; i < n; i++) expect(toHex(got.subarray(32 * i, 32 * i + 32))).toBe(WANT[i])
      expect(clean()).toBe(true)
      expect(m.read(work, space + 16).every(byte => byte === 0)).toBe(true)
    }
  })
})
