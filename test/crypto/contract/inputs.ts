/** What callers without types may pass: the contract of every primitive with arguments that are no byte strings, and with those that are unusual ones. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import type { Aead, DiffieHellman, Hash, Kdf, SignatureScheme } from '../../../src/crypto/provider.ts'
import { bytesOf, failure, fixedList, mixedList, privateKeyOf, privateKeysOf } from './tools.ts'

type Argument = Uint8Array | ByteList
type Call = (...parameters: never[]) => unknown

const NO_BYTES: readonly unknown[] = [
  undefined,
  null,
  7,
  'a string of 32 characters is a s',
  Array.from({ length: 32 }, () => 1),
  { length: 32 },
  new ArrayBuffer(32),
  new DataView(new ArrayBuffer(32)),
  new Uint16Array(32),
  new Int8Array(32),
]

const NO_LISTS: readonly unknown[] = [
  undefined,
  null,
  'list',
  [],
  [new Uint8Array(32)],
  new Uint8Array(32),
  { count: 1, stride: 32 },
]

/** As Node's `Buffer`: what `slice` returns is not a copy. */
class BufferLike extends Uint8Array<ArrayBuffer> {
  override slice(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(from, to)
  }
}

/** The same bytes in other arrays: a derived class, memory that can grow, memory that is shared (which pages have where they are isolated). */
function unusual(bytes: Uint8Array): Uint8Array[] {
  // not among the types of ES2022
  const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer
  const resizable = new Uint8Array(new Resizable(bytes.length, { maxByteLength: 2 * bytes.length + 1 }))
  resizable.set(bytes)
  const others = [BufferLike.from(bytes), resizable]
  if (typeof SharedArrayBuffer === 'undefined') return others
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 5), 5)
  shared.set(bytes)
  return [...others, shared]
}

const replaced = (all: readonly Argument[], i: number, by: unknown): never[] =>
  all.map((argument, k) => (k === i ? by : argument)) as never[]

/** One call of a primitive with arguments that it takes. */
function checkCall(name: string, call: Call, ...good: readonly Argument[]): void {
  it(`${name} refuses arguments that are no byte strings or lists`, () => {
    for (const [i, argument] of good.entries()) {
      for (const bad of argument instanceof ByteList ? NO_LISTS : NO_BYTES) {
        const described = `argument ${i}: ${Object.prototype.toString.call(bad)}`
        expect(() => call(...replaced(good, i, bad)), described).toThrow(failure('UsageError', 'wrong-argument'))
      }
    }
  })
  it(`${name} takes byte strings of any kind`, () => {
    const expected = call(...(good as never[]))
    for (const [i, argument] of good.entries()) {
      if (argument instanceof ByteList) continue
      for (const other of unusual(argument)) {
        const before = Uint8Array.from(other)
        expect(call(...replaced(good, i, other))).toEqual(expected)
        expect(Uint8Array.from(other)).toEqual(before)
      }
    }
  })
}

export function describeHashInputs(hash: Hash): void {
  describe(`${hash.id}, odd inputs`, () => {
    for (const length of [40, 1000]) checkCall(`digest of ${length} bytes`, hash.digest.bind(hash), bytesOf(length, 1))
    checkCall('a stream', (data: Uint8Array) => hash.stream().update(data).update(data).digest(), bytesOf(40, 2))
    checkCall('digestMany', hash.digestMany.bind(hash), mixedList(6, 3))
  })
}

export function describeKdfInputs(kdf: Kdf): void {
  describe(`${kdf.id}, odd inputs`, () => {
    const [key, list] = [bytesOf(32, 4), fixedList(3, 32, 5)]
    checkCall('hmac', kdf.hmac.bind(kdf), key, bytesOf(50, 6))
    checkCall('extract', kdf.extract.bind(kdf), key, bytesOf(20_000, 7))
    checkCall('expand', (k: Uint8Array, info: Uint8Array) => kdf.expand(k, info, 40), key, bytesOf(9, 8))
    checkCall('extractMany', kdf.extractMany.bind(kdf), list, list)
    checkCall('expandMany', (k: ByteList, infos: ByteList) => kdf.expandMany(k, infos, 40), list, mixedList(3, 9))
  })
}

export function describeAeadInputs(aead: Aead): void {
  describe(`${aead.id}, odd inputs`, () => {
    const [key, nonce, aad] = [bytesOf(aead.keyLength, 10), bytesOf(aead.nonceLength, 11), bytesOf(9, 12)]
    for (const length of [33, 70_000]) {
      const text = bytesOf(length, 13)
      checkCall(`seal ${length} bytes`, aead.seal.bind(aead), key, nonce, aad, text)
      checkCall(`open ${length} bytes`, aead.open.bind(aead), key, nonce, aad, aead.seal(key, nonce, aad, text))
    }
    const [keys, nonces] = [fixedList(3, aead.keyLength, 14), fixedList(3, aead.nonceLength, 15)]
    const sealMany = (...lists: Parameters<Aead['sealMany']>) => aead.sealMany(...lists).bytes
    checkCall('sealMany', sealMany, keys, nonces, aad, mixedList(3, 16))
  })
}

export function describeAgreementInputs(dh: DiffieHellman): void {
  describe(`${dh.id}, odd inputs`, () => {
    const [mine, theirs] = [privateKeyOf(dh, 17), dh.publicKey(privateKeyOf(dh, 18))]
    const list = privateKeysOf(dh, 3, 19)
    checkCall('publicKey', dh.publicKey.bind(dh), mine)
    checkCall('shared', dh.shared.bind(dh), mine, theirs)
    checkCall('publicKeyMany', dh.publicKeyMany.bind(dh), list)
    checkCall('sharedMany', dh.sharedMany.bind(dh), list, ByteList.fixed(dh.publicKeyMany(list), dh.publicKeyLength))
  })
}

export function describeSignatureInputs(scheme: SignatureScheme): void {
  describe(`${scheme.id}, odd inputs`, () => {
    const [seed, message] = [privateKeyOf(scheme, 20), bytesOf(45, 21)]
    const signer = scheme.signer(seed)
    const signature = signer.sign(message)
    const signed = (key: Uint8Array, data: Uint8Array) => scheme.signer(key).sign(data)
    const verifyMany = (publicKeys: ByteList, messages: ByteList, signatures: ByteList) =>
      scheme.verifyMany({ publicKeys, messages, signatures })
    checkCall('publicKey', scheme.publicKey.bind(scheme), seed)
    checkCall('sign', signed, seed, message)
    checkCall('verify', scheme.verify.bind(scheme), signer.publicKey, message, signature)
    const lists = [signer.publicKey, message, signature].map(bytes => ByteList.of([bytes]))
    checkCall('verifyMany', verifyMany, ...lists)
    it('a signer has a key of its own, also if it was made from something like a Buffer', () => {
      const given = BufferLike.from(seed)
      const made = scheme.signer(given)
      given.fill(7)
      expect(made.sign(message)).toEqual(signature)
      made.wipe()
      expect([...given]).toEqual(Array.from({ length: seed.length }, () => 7))
    })
  })
}
