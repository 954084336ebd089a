/** AEADs on WebAssembly: published vectors, OpenSSL and noble as oracles, forgeries, lengths, aliasing, and memory that is clean after every call. */
import { createCipheriv, createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ByteList } from '../../../../src/base/byte-list.ts'
import { concat, toHex, utf8 } from '../../../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../../../src/base/errors.ts'
import { createNobleBackend } from '../../../../src/crypto/backends/noble/index.ts'
import { wasmAead } from '../../../../src/crypto/backends/wasm/aead.ts'
import { symmetric } from '../../../../src/crypto/backends/wasm/symmetric.ts'
import type { Aead } from '../../../../src/crypto/provider.ts'
import { seededBytes } from '../../seeded.ts'
import { wycheproofAead } from '../../wycheproof.ts'
import { testingModule } from './testing-module.ts'

const IDS = ['chacha20poly1305', 'aes128gcm', 'aes256gcm'] as const
const OPENSSL = { chacha20poly1305: 'chacha20-poly1305', aes128gcm: 'aes-128-gcm', aes256gcm: 'aes-256-gcm' } as const
// where the glue goes from one call to pieces: header, text and tag in 64 KiB
const LONGEST_WHOLE = 65536 - 48 - 16

// SHA-256 of all sealed messages of the accumulated test
const ACCUMULATED = {
  chacha20poly1305: '5d088ecf5d302615380b645a25ff795cb4e7c608b3861546c1d67b180af754fe',
  aes128gcm: '62e04a1b3ff60001c809cfc10f323b589a71aec7616b3baecf9ed3862655d3d7',
  aes256gcm: '0054c3d126d15317d96e27ce86eceb3d369401aa9e877d4ff0faa929788ab34a',
} as const

interface Sample {
  readonly key: Uint8Array<ArrayBuffer>
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly aad: Uint8Array<ArrayBuffer>
  readonly text: Uint8Array<ArrayBuffer>
}

/** A message made of seeded bytes. */
function sample(aead: Aead, label: string, aadLength: number, length: number): Sample {
  const bytes = seededBytes(label, 44 + aadLength + length)
  return {
    key: bytes.slice(0, aead.keyLength),
    nonce: bytes.slice(32, 44),
    aad: bytes.slice(44, 44 + aadLength),
    text: bytes.slice(44 + aadLength),
  }
}

const seal = (aead: Aead, { key, nonce, aad, text }: Sample) => aead.seal(key, nonce, aad, text)

/** What OpenSSL makes of a message. */
function openssl(id: Aead['id'], { key, nonce, aad, text }: Sample): Uint8Array {
  const options = { authTagLength: 16 }
  // the types of node:crypto name each AEAD apart
  const cipher = createCipheriv(OPENSSL[id] as 'aes-128-gcm', key, nonce, options)
  cipher.setAAD(aad, { plaintextLength: text.length })
  return concat(cipher.update(text), cipher.final(), cipher.getAuthTag())
}

/** The code of the error that a call throws. */
function codeOf(call: () => unknown, kind: typeof RejectedError | typeof UsageError): string {
  try {
    call()
  } catch (error) {
    if (error instanceof kind) return error.code
    throw error
  }
  return 'nothing thrown'
}

const flipped = (bytes: Uint8Array, bit: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(bytes)
  out[bit >> 3]! ^= 1 << (bit & 7)
  return out
}

/** IO, scratch and arena of the shared instance: everything that a call may write. */
function expectCleanMemory(): void {
  const { exports } = symmetric()
  const memory = Buffer.from(symmetric().bytes().buffer)
  const constant = (name: string) => (exports[name] as WebAssembly.Global).value as number
  const arena = (exports['arena'] as () => number)()
  const fixed = memory.subarray(constant('IO'), constant('SCRATCH') + constant('SCRATCH_SIZE'))
  expect(fixed.equals(Buffer.alloc(fixed.length))).toBe(true)
  expect(memory.subarray(arena).equals(Buffer.alloc(memory.length - arena))).toBe(true)
}

describe.each(IDS)('%s on WebAssembly', id => {
  const aead = wasmAead(id)
  const noble = createNobleBackend().primitives[id]!

  wycheproofAead(aead)

  test('10,000 seeded messages: one digest, the same from OpenSSL and noble', () => {
    const [ours, theirs, nobles] = [createHash('sha256'), createHash('sha256'), createHash('sha256')]
    const count = 10000
    const source = createHash('shake256', { outputLength: count * 44 + 1000 })
      .update(`accumulated ${id}`)
      .digest()
    for (let i = 0; i < count; i++) {
      // text and associated data both take every length of 0..302, in all residues of block and batch sizes
      const length = i % 303
      const aadLength = (i * 7 + Math.floor(i / 303)) % 303
      const at = 44 * i
      const message: Sample = {
        key: new Uint8Array(source.subarray(at, at + aead.keyLength)),
        nonce: new Uint8Array(source.subarray(at + 32, at + 44)),
        aad: new Uint8Array(source.subarray(at + 44, at + 44 + aadLength)),
        text: new Uint8Array(source.subarray(at + 400, at + 400 + length)),
      }
      const sealed = seal(aead, message)
      ours.update(sealed)
      theirs.update(openssl(id, message))
      nobles.update(seal(noble, message))
      const opened = aead.open(message.key, message.nonce, message.aad, sealed)
      expect(Buffer.compare(opened, message.text)).toBe(0)
    }
    expectCleanMemory()
    const digest = ours.digest('hex')
    expect(theirs.digest('hex')).toBe(digest)
    expect(nobles.digest('hex')).toBe(digest)
    expect(digest).toBe(ACCUMULATED[id])
  })

  test.each([
    [0, 0],
    [0, 1],
    [13, 40],
    [20, 150],
  ])(
    'any flipped bit and any cut of a message is refused: %i bytes of associated data, %i of text',
    (aadLength, length) => {
      const { key, nonce, aad, text } = sample(aead, `flip ${id}`, aadLength, length)
      const sealed = aead.seal(key, nonce, aad, text)
      const refused = (...[k, n, a, c]: Parameters<Aead['open']>) =>
        expect(codeOf(() => aead.open(k, n, a, c), RejectedError)).toBe('invalid-tag')
      for (let bit = 0; bit < 8 * sealed.length; bit++) refused(key, nonce, aad, flipped(sealed, bit))
      for (let bit = 0; bit < 8 * aad.length; bit++) refused(key, nonce, flipped(aad, bit), sealed)
      for (let bit = 0; bit < 96; bit++) refused(key, flipped(nonce, bit), aad, sealed)
      for (let bit = 0; bit < 8 * key.length; bit++) refused(flipped(key, bit), nonce, aad, sealed)
      expectCleanMemory()
      for (let cut = 0; cut < sealed.length; cut++) refused(key, nonce, aad, sealed.subarray(0, cut))
      refused(key, nonce, aad, concat(sealed, Uint8Array.of(0)))
      // bytes that move between associated data and text
      refused(key, nonce, concat(aad, sealed.subarray(0, 1)), sealed.subarray(1))
      expectCleanMemory()
    },
  )

  test('long messages go through in pieces: lengths around the border, against OpenSSL, both ways', () => {
    const lengths = [0, 1, 15, 16, 17].flatMap(near => [LONGEST_WHOLE - near, LONGEST_WHOLE + near])
    for (const length of [...lengths, 65536, 131072, 200001]) {
      for (const aadLength of [0, 5, 70000]) {
        const message = sample(aead, `long ${id}`, aadLength, length)
        const sealed = seal(aead, message)
        expect(Buffer.compare(sealed, openssl(id, message))).toBe(0)
        expectCleanMemory()
        expect(Buffer.compare(aead.open(message.key, message.nonce, message.aad, sealed), message.text)).toBe(0)
        expectCleanMemory()
        const forged = flipped(sealed, 8 * (sealed.length - 17) + 3)
        expect(codeOf(() => aead.open(message.key, message.nonce, message.aad, forged), RejectedError)).toBe(
          'invalid-tag',
        )
        expectCleanMemory()
      }
    }
  })

  test('24 MiB and 5 bytes in a module of less than half a megabyte', () => {
    const { key, nonce, aad } = sample(aead, `huge ${id}`, 20, 0)
    const text = new Uint8Array(24 * 2 ** 20 + 5).fill(0x5a)
    const sealed = aead.seal(key, nonce, aad, text)
    expect(Buffer.compare(sealed, openssl(id, { key, nonce, aad, text }))).toBe(0)
    expect(Buffer.compare(aead.open(key, nonce, aad, sealed), text)).toBe(0)
    expect(symmetric().bytes().length).toBeLessThanOrEqual(2 ** 19)
    expectCleanMemory()
  })

  test('inputs are not changed and may share memory; results are their own', () => {
    const all = seededBytes(`alias ${id}`, 300)
    const before = toHex(all)
    const message = {
      key: all.subarray(0, aead.keyLength),
      nonce: all.subarray(4, 16),
      aad: all,
      text: all.subarray(1),
    }
    const sealed = seal(aead, message)
    expect(toHex(sealed)).toBe(toHex(openssl(id, message)))
    const opened = aead.open(message.key, message.nonce, message.aad, sealed)
    expect(toHex(opened)).toBe(toHex(message.text))
    expect([opened.buffer.byteLength, sealed.buffer.byteLength]).toEqual([299, 315])
    const cipherAsAad = aead.seal(message.key, message.nonce, sealed, sealed)
    expect(toHex(aead.open(message.key, message.nonce, sealed, cipherAsAad))).toBe(toHex(sealed))
    const keys = ByteList.fixed(all.subarray(0, 3 * aead.keyLength), aead.keyLength)
    const nonces = ByteList.fixed(all.subarray(0, 36), 12)
    const many = aead.sealMany(keys, nonces, all, keys)
    for (let i = 0; i < 3; i++)
      expect(toHex(many.at(i))).toBe(toHex(aead.seal(keys.at(i), nonces.at(i), all, keys.at(i))))
    expect(toHex(all)).toBe(before)
  })

  test('wrong lengths are the caller’s mistake, texts beyond the block counter too', () => {
    const { key, nonce, aad, text } = sample(aead, `wrong ${id}`, 3, 20)
    const calls = [
      (k: Uint8Array, n: Uint8Array) => aead.seal(k, n, aad, text),
      (k: Uint8Array, n: Uint8Array) => aead.open(k, n, aad, text),
      (k: Uint8Array, n: Uint8Array) => aead.open(k, n, aad, new Uint8Array(3)),
      (k: Uint8Array, n: Uint8Array) =>
        aead.sealMany(ByteList.of([key, k]), ByteList.of([nonce, n]), aad, ByteList.of([text, text])),
    ]
    for (const call of calls) {
      for (const length of [0, 8, 11, 13, 16, 24, 31, 32, 33]) {
        const other = new Uint8Array(length)
        if (length !== aead.keyLength) expect(codeOf(() => call(other, nonce), UsageError)).toBe('wrong-length')
        if (length !== 12) expect(codeOf(() => call(key, other), UsageError)).toBe('wrong-length')
      }
    }
    const one = ByteList.of([key])
    const two = ByteList.of([text, text])
    expect(codeOf(() => aead.sealMany(one, ByteList.of([nonce]), aad, two), UsageError)).toBe('wrong-argument')
    const limit = id === 'chacha20poly1305' ? 274877906880 : 68719476704
    const tooLong = Object.defineProperty(new Uint8Array(0), 'length', { value: limit + 1 })
    expect(codeOf(() => aead.seal(key, nonce, aad, tooLong), UsageError)).toBe('input-too-long')
    expectCleanMemory()
  })

  test('an input that fails while it is read leaves nothing behind', () => {
    const failing = (length: number) =>
      new Proxy(new Uint8Array(length).fill(7), {
        get(target, name) {
          if (name === '50') throw new RangeError('unreadable')
          const value = Reflect.get(target, name, target)
          return name === 'subarray' ? () => failing(1000) : value
        },
      })
    const { key, nonce, aad } = sample(aead, `failing ${id}`, 30, 0)
    for (const length of [100, 100000]) {
      expect(() => aead.seal(key, nonce, aad, failing(length))).toThrow('unreadable')
      expectCleanMemory()
    }
  })

  describe('sealMany', () => {
    const seeded = (label: string, count: number, length: number) =>
      ByteList.fixed(seededBytes(`${label} ${id}`, count * length), length)
    const expectSealed = (many: ByteList, aad: Uint8Array, lists: readonly [ByteList, ByteList, ByteList]) => {
      const [keys, nonces, texts] = lists
      expect(many.count).toBe(texts.count)
      for (let i = 0; i < texts.count; i++) {
        const alone = noble.seal(keys.at(i), nonces.at(i), aad, texts.at(i))
        expect(Buffer.compare(many.at(i), alone)).toBe(0)
      }
    }

    test.each([0, 1, 2, 700, 2100])('%i texts of 32 bytes', count => {
      const aad = utf8('the same for all')
      const lists = [seeded('k', count, aead.keyLength), seeded('n', count, 12), seeded('t', count, 32)] as const
      const many = aead.sealMany(lists[0], lists[1], aad, lists[2])
      expect(many.stride).toBe(48)
      expectSealed(many, aad, lists)
      expectCleanMemory()
    })

    test('texts of all sizes, some too long for a batch, with short and with long associated data', () => {
      const sizes = [0, 1, 15, 16, 17, 31000, 0, 40000, 90000, 3, ...Array.from({ length: 300 }, (_, i) => i), 32700, 9]
      const bytes = seededBytes(`sizes ${id}`, 90000)
      const lists = [
        seeded('k', sizes.length, aead.keyLength),
        seeded('n', sizes.length, 12),
        ByteList.of(sizes.map(size => bytes.subarray(0, size))),
      ] as const
      for (const aad of [bytes.subarray(0, 0), bytes.subarray(0, 77)]) {
        expectSealed(aead.sealMany(lists[0], lists[1], aad, lists[2]), aad, lists)
        expectCleanMemory()
      }
      const few = lists.map(list => list.slice(2, 9)) as unknown as [ByteList, ByteList, ByteList]
      for (const aad of [bytes.subarray(0, 65000), bytes.subarray(0, 65490), bytes]) {
        expectSealed(aead.sealMany(few[0], few[1], aad, few[2]), aad, few)
        expectCleanMemory()
      }
    })
  })
})

describe('inside the module', () => {
  const { call, bytes, io, arena, scratch, scratchSize } = testingModule('testing-symmetric')

  test.each(IDS)('%s in two pieces at every block border equals one piece', id => {
    const aead = wasmAead(id)
    const cipher = id === 'chacha20poly1305' ? 0 : aead.keyLength
    const message = sample(aead, `pieces ${id}`, 50, 600)
    const expected = toHex(seal(aead, message))
    for (let cut = 0; cut <= 600; cut += 16) {
      bytes().set(message.key, io)
      bytes().set(message.nonce, io + 32)
      bytes().set(message.aad, io + 48)
      bytes().set(message.text, arena)
      call['aeadStart']!(cipher, io, io + 32)
      const aadCut = cut % 64
      call['aeadAssociate']!(io + 48, Math.min(aadCut, 50))
      call['aeadAssociate']!(io + 48 + aadCut, Math.max(0, 50 - aadCut))
      call['aeadEncrypt']!(arena, cut)
      call['aeadEncrypt']!(arena + cut, 600 - cut)
      call['aeadTag']!(arena + 600)
      call['aeadWipe']!()
      expect(toHex(bytes().slice(arena, arena + 616))).toBe(expected)
    }
  })

  test.each(IDS)('%s decrypts nothing where the tag is wrong, and wipes its state', id => {
    const aead = wasmAead(id)
    const { key, nonce, aad, text } = sample(aead, `forged ${id}`, 9, 300)
    const sealed = aead.seal(key, nonce, aad, text)
    const open = (ciphertext: Uint8Array): number => {
      for (const [at, part] of [
        [0, key],
        [32, nonce],
        [48, aad],
        [57, ciphertext],
      ] as const)
        bytes().set(part, io + at)
      return call['aeadOpen']!(id === 'chacha20poly1305' ? 0 : key.length, io, aad.length, text.length)
    }
    const inPlace = () => toHex(bytes().slice(io + 57, io + 57 + sealed.length))
    for (const bit of [0, 2399, 2400, 2463, 2464, 2527]) {
      expect(open(flipped(sealed, bit))).toBe(0)
      expect(inPlace()).toBe(toHex(flipped(sealed, bit)))
      expect(
        bytes()
          .slice(scratch, scratch + scratchSize)
          .every(byte => byte === 0),
      ).toBe(true)
    }
    expect(open(sealed)).toBe(1)
    expect(inPlace().slice(0, 600)).toBe(toHex(text))
    expect(
      bytes()
        .slice(scratch, scratch + scratchSize)
        .every(byte => byte === 0),
    ).toBe(true)
  })
})
