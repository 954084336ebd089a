/** Primitives made of two backends: who is asked for what. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { aeadByLength, hashByLength, kdfByLength } from '../../src/crypto/backends/by-length.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createNodeBackend } from '../../src/crypto/backends/node/index.ts'

const { sha256, 'hkdf-sha256': hkdf, chacha20poly1305 } = createNobleBackend().primitives

/** The same primitive, which tells when it is called. */
function told<T extends object>(primitive: T | undefined, name: string, calls: string[]): T {
  if (primitive === undefined) throw new Error('the primitive is missing')
  return new Proxy(primitive, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...rest: unknown[]) => {
        calls.push(name)
        return Reflect.apply(member, target, rest)
      }
    },
  })
}

/** Who was asked during the calls, in order. */
function asked<T extends object>(primitive: T | undefined, run: (short: T, long: T) => void): string[] {
  const calls: string[] = []
  run(told(primitive, 'short', calls), told(primitive, 'long', calls))
  return calls
}

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(1)
const list = (...lengths: number[]): ByteList => ByteList.of(lengths.map(bytes))

describe('by length', () => {
  it('hashes', () => {
    const calls = asked(sha256, (short, long) => {
      const hash = hashByLength({ short, long, from: 100, fromInBulk: 200 })
      hash.digest(bytes(99))
      hash.digest(bytes(100))
      hash.digestMany(list())
      hash.digestMany(list(0, 399))
      hash.digestMany(list(0, 400))
      hash.digestMany(ByteList.fixed(bytes(1000), 250).slice(1, 3))
      hash.stream()
      expect([hash.id, hash.length, hash.blockLength]).toEqual(['sha256', 32, 64])
    })
    expect(calls).toEqual(['short', 'long', 'short', 'short', 'long', 'long', 'short'])
  })
  it('derives', () => {
    const calls = asked(hkdf, (short, long) => {
      const kdf = kdfByLength({ short, long, from: 100 })
      kdf.hmac(bytes(500), bytes(99))
      kdf.hmac(bytes(5), bytes(100))
      kdf.extract(bytes(500), bytes(99))
      kdf.extract(bytes(5), bytes(100))
      kdf.expand(bytes(5), bytes(500), 16)
      kdf.expandMany(list(5), list(500), 16)
      kdf.extractMany(list(5), list(500))
      expect([kdf.id, kdf.length]).toEqual(['hkdf-sha256', 32])
    })
    expect(calls).toEqual(['short', 'long', 'short', 'long', 'short', 'short', 'short'])
  })
  it('encrypts', () => {
    const [key, nonce] = [bytes(32), bytes(12)]
    const calls = asked(chacha20poly1305, (short, long) => {
      const aead = aeadByLength({ short, long, from: 100 })
      const small = aead.seal(key, nonce, bytes(50), bytes(49))
      const large = aead.seal(key, nonce, bytes(50), bytes(50))
      aead.open(key, nonce, bytes(50), small)
      aead.open(key, nonce, bytes(50), large)
      aead.sealMany(list(32, 32), list(12, 12), bytes(50), list(0, 99))
      aead.sealMany(list(32, 32), list(12, 12), bytes(50), list(0, 100))
      expect([aead.id, aead.keyLength, aead.nonceLength, aead.tagLength]).toEqual(['chacha20poly1305', 32, 12, 16])
    })
    expect(calls).toEqual(['short', 'long', 'long', 'long', 'short', 'long'])
  })
})

describe('inputs that node:crypto does not take in one call', () => {
  // never touched, so that it costs no memory
  const huge = new Uint8Array(2 ** 31)
  const tooLong = expect.objectContaining({ name: 'UsageError', code: 'input-too-long' })

  it('stay with the first backend', () => {
    const calls: string[] = []
    const telling = <T>(name: string): T => {
      const tell = () => calls.push(name)
      return { digest: tell, hmac: tell, seal: tell } as unknown as T
    }
    hashByLength({ short: telling('short'), long: telling('long'), from: 100, fromInBulk: 200 }).digest(huge)
    kdfByLength({ short: telling('short'), long: telling('long'), from: 100 }).hmac(bytes(1), huge)
    const aead = aeadByLength({ short: telling('short'), long: telling('long'), from: 100 })
    aead.seal(bytes(32), bytes(12), bytes(1), huge)
    expect(calls).toEqual(['short', 'short', 'short'])
  })
  it('nor those that it would open with copies of all of it', () => {
    const telling = <T>(name: string): T => ({ open: () => name }) as unknown as T
    const aead = aeadByLength({ short: telling('short'), long: telling('long'), from: 100 })
    const open = (length: number) => aead.open(bytes(32), bytes(12), bytes(0), huge.subarray(0, length))
    expect([99, 100, 2 ** 20, 2 ** 20 + 1, 2 ** 31].map(open)).toEqual(['short', 'long', 'long', 'short', 'short'])
  })
  it('are a mistake of the caller for the node backend', () => {
    const { primitives } = createNodeBackend()
    const [key, nonce, short] = [bytes(32), bytes(12), bytes(1)]
    expect(() => primitives.sha256?.digest(huge)).toThrow(tooLong)
    expect(() => primitives.sha512?.stream().update(huge)).toThrow(tooLong)
    expect(() => primitives['hkdf-sha256']?.hmac(key, huge)).toThrow(tooLong)
    expect(() => primitives.chacha20poly1305?.seal(key, nonce, short, huge)).toThrow(tooLong)
    expect(() => primitives.chacha20poly1305?.open(key, nonce, huge, bytes(20))).toThrow(tooLong)
    expect(() => primitives.ed25519?.signer(key).sign(huge)).toThrow(tooLong)
  })
})
