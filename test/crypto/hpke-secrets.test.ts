/** What HPKE leaves behind: nothing. Every secret that passes between primitives is overwritten, on error paths too. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import { hostRandom } from '../../src/base/random.ts'
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createProvider } from '../../src/crypto/default-provider.ts'
import type { Backend, PrimitiveId, Primitives } from '../../src/crypto/provider.ts'

const { primitives } = createNobleBackend()
const INFO = utf8('info')
const AAD = utf8('aad')
const PLAINTEXT = utf8('plaintext')

/** A suite whose primitives and random source remember every buffer that goes in or out of them. */
function watchedSuite() {
  const seen: { readonly what: string; readonly bytes: Uint8Array }[] = []
  const remember = (what: string, value: unknown): void => {
    if (value instanceof Uint8Array) seen.push({ what, bytes: value })
    else if (value instanceof ByteList) seen.push({ what, bytes: value.bytes })
  }
  const watched = <Id extends PrimitiveId>(id: Id): Primitives[Id] =>
    new Proxy(primitives[id] as Primitives[Id], {
      get(target, key) {
        const member: unknown = Reflect.get(target, key)
        if (typeof member !== 'function') return member
        return (...rest: unknown[]): unknown => {
          for (const [i, argument] of rest.entries()) remember(`${id}.${String(key)} argument ${i}`, argument)
          const result: unknown = Reflect.apply(member, target, rest)
          remember(`${id}.${String(key)} result`, result)
          return result
        }
      },
    })
  const names = ['sha256', 'hkdf-sha256', 'chacha20poly1305', 'x25519', 'ed25519'] as const
  const backend: Backend = {
    name: 'noble',
    detail: 'watched',
    primitives: Object.fromEntries(names.map(id => [id, watched(id)])),
  }
  const suite = createProvider({
    backends: [backend],
    random(out) {
      hostRandom(out)
      remember('random', out)
    },
  }).suite(3)
  seen.length = 0
  return { suite, seen }
}

// all that may remain: what callers gave, what they got, and what everybody on the wire may know
const PUBLIC = [
  'hkdf-sha256.expand argument 1',
  'hkdf-sha256.expandMany argument 1',
  'x25519.publicKey result',
  'x25519.publicKeyMany result',
  'chacha20poly1305.seal result',
  'chacha20poly1305.sealMany result',
]

type Watched = ReturnType<typeof watchedSuite>

/** info_hash of RFC 9180 section 5.1, which anybody can compute. */
const INFO_HASH = toHex(
  primitives['hkdf-sha256']!.extract(
    new Uint8Array(0),
    concat(utf8('HPKE-v1HPKE'), Uint8Array.of(0, 0x20, 0, 1, 0, 3), utf8('info_hash'), INFO),
  ),
)

/** Fails if any remembered buffer still holds something that is neither public nor given or returned. */
function expectNothingLeft(seen: Watched['seen'], known: readonly Uint8Array[]): void {
  const left = seen.filter(({ what, bytes }) => {
    if (PUBLIC.includes(what) || known.includes(bytes) || toHex(bytes) === INFO_HASH) return false
    return bytes.some(byte => byte !== 0)
  })
  expect(left.map(({ what, bytes }) => `${what}: ${toHex(bytes)}`)).toEqual([])
}

describe('secrets of HPKE', () => {
  const recipient = () => watchedSuite().suite.kem.generateKeyPair()

  it('are wiped after sealing to one', () => {
    const { suite, seen } = watchedSuite()
    const pair = recipient()
    const sealed = suite.hpke.seal(pair.publicKey, INFO, AAD, PLAINTEXT)
    expect(seen.some(({ what }) => what === 'random')).toBe(true)
    expectNothingLeft(seen, [pair.publicKey, AAD, PLAINTEXT, sealed.ciphertext])
  })
  it('are wiped after sealing to many', () => {
    const { suite, seen } = watchedSuite()
    const publicKeys = ByteList.of(Array.from({ length: 5 }, () => recipient().publicKey))
    suite.hpke.sealMany({ publicKeys, info: INFO, aad: AAD, plaintexts: ByteList.of([PLAINTEXT]) })
    expect(seen.filter(({ what }) => what.startsWith('hkdf-sha256.expandMany result'))).toHaveLength(3)
    expectNothingLeft(seen, [publicKeys.bytes, AAD])
  })
  it('are wiped after a bad public key in the middle', () => {
    const { suite, seen } = watchedSuite()
    const publicKeys = ByteList.of([recipient().publicKey, new Uint8Array(32), recipient().publicKey])
    const batch = { publicKeys, info: INFO, aad: AAD, plaintexts: ByteList.of([PLAINTEXT]) }
    expect(() => suite.hpke.sealMany(batch)).toThrow(expect.objectContaining({ code: 'low-order-point' }))
    expect(() => suite.hpke.seal(new Uint8Array(32), INFO, AAD, PLAINTEXT)).toThrow()
    expectNothingLeft(seen, [publicKeys.bytes, AAD, PLAINTEXT])
  })
  it('are wiped after an info that is no byte string', () => {
    const { suite, seen } = watchedSuite()
    const pair = recipient()
    const wrong = 'info' as unknown as Uint8Array
    expect(() => suite.hpke.seal(pair.publicKey, wrong, AAD, PLAINTEXT)).toThrow(
      expect.objectContaining({ name: 'UsageError', code: 'wrong-argument' }),
    )
    expectNothingLeft(seen, [pair.publicKey])
  })
  it('are wiped after opening, and after a forgery', () => {
    const { suite, seen } = watchedSuite()
    const pair = recipient()
    const sealed = watchedSuite().suite.hpke.seal(pair.publicKey, INFO, AAD, PLAINTEXT)
    const known = [pair.privateKey, pair.publicKey, sealed.kemOutput, sealed.ciphertext, AAD]
    const opened = suite.hpke.open(pair, sealed, INFO, AAD)
    expect(opened).toEqual(PLAINTEXT)
    expectNothingLeft(seen, [...known, opened])
    seen.length = 0
    const forged = { ...sealed, ciphertext: sealed.ciphertext.slice().fill(1) }
    expect(() => suite.hpke.open(pair, forged, INFO, AAD)).toThrow()
    expectNothingLeft(seen, [...known, forged.ciphertext])
  })
  it('are wiped after an export on both sides', () => {
    const pair = recipient()
    const what = { info: INFO, context: utf8('context'), length: 32 }
    const sender = watchedSuite()
    const sent = sender.suite.hpke.sendExport(pair.publicKey, what)
    expectNothingLeft(sender.seen, [pair.publicKey, sent.secret])
    const receiver = watchedSuite()
    const received = receiver.suite.hpke.receiveExport(pair, sent.kemOutput, what)
    expect(received).toEqual(sent.secret)
    expectNothingLeft(receiver.seen, [pair.privateKey, sent.kemOutput, received])
  })
  it('are wiped after deriving key pairs, one and many', () => {
    const { suite, seen } = watchedSuite()
    const inputs = ByteList.of([utf8('a'), utf8('b')])
    const one = suite.kem.deriveKeyPair(inputs.at(0))
    const many = suite.kem.deriveKeyPairMany(inputs)
    expectNothingLeft(seen, [one.privateKey, many.privateKeys])
  })
  it('would be noticed if they stayed', () => {
    const { suite, seen } = watchedSuite()
    suite.kdf.extract(utf8('salt'), utf8('input'))
    expect(() => expectNothingLeft(seen, [])).toThrow()
  })
})
