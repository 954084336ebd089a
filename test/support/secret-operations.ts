/** Everything the Wasm backend does with secrets, as functions of one string of secret bytes; whatever else they use is fixed and public. */
import { ByteList } from '../../src/base/byte-list.ts'
import { CopathError, type ErrorCode } from '../../src/base/errors.ts'
import type { Aead, Backend, Hash, Kdf } from '../../src/crypto/provider.ts'
import { seededBytes } from '../crypto/seeded.ts'

/** One call of the library, or a few that belong together. */
export interface SecretOperation {
  readonly name: string
  /** How many secret bytes it takes. */
  readonly length: number
  /** Runs it; returns what came of it. */
  run(secret: Uint8Array): Uint8Array[]
}

/** The primitives of the Wasm backend, every one of them. */
export type WasmPrimitives = Required<
  Pick<
    Backend['primitives'],
    | 'sha256'
    | 'sha384'
    | 'sha512'
    | 'hkdf-sha256'
    | 'hkdf-sha384'
    | 'hkdf-sha512'
    | 'aes128gcm'
    | 'aes256gcm'
    | 'chacha20poly1305'
    | 'x25519'
    | 'ed25519'
  >
>

const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31))
const fixed = (length: number): Uint8Array<ArrayBuffer> => seededBytes(`public ${length}`, length)
// more than the IO region of 16 KiB, and more than the 64 KiB that AEADs take in one piece
const BEYOND_IO = 20_000
const BEYOND_PIECE = 70_000

/** Runs `body`, which must fail with one code. */
function expectCode(code: ErrorCode, body: () => unknown): void {
  try {
    body()
  } catch (error) {
    if (error instanceof CopathError && error.code === code) return
    throw error
  }
  throw new Error(`expected ${code}`)
}

/** `count` items of `size` bytes of the secret, from `at` on. */
function items(secret: Uint8Array, at: number, count: number, size: number): ByteList {
  return ByteList.fixed(secret.slice(at, at + count * size), size)
}

/** Items of rising lengths, which are public: 0, step, 2 step, ... */
function rising(secret: Uint8Array, at: number, count: number, step: number): ByteList {
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => (step * i * (i - 1)) / 2)
  return ByteList.packed(secret.slice(at, at + offsets[count]!), offsets)
}

function x25519Operations({ x25519 }: WasmPrimitives): SecretOperation[] {
  const publicKeys = (count: number) => ByteList.fixed(seededBytes('points', 32 * count), 32)
  const withLowOrder = (): ByteList => {
    const bytes = seededBytes('points', 5 * 32)
    bytes.fill(0, 64, 96)
    return ByteList.fixed(bytes, 32)
  }
  return [
    { name: 'x25519.publicKey', length: 32, run: s => [x25519.publicKey(s)] },
    { name: 'x25519.publicKeyMany', length: 5 * 32, run: s => [x25519.publicKeyMany(items(s, 0, 5, 32))] },
    { name: 'x25519.shared', length: 32, run: s => [x25519.shared(s, fixed(32))] },
    {
      name: 'x25519 product',
      length: 64,
      run: s => [x25519.composition!.product(s.subarray(0, 32), s.subarray(32))],
    },
    { name: 'x25519.shared with the base point', length: 32, run: s => [x25519.shared(s, BASE_POINT)] },
    { name: 'x25519.sharedMany', length: 5 * 32, run: s => [x25519.sharedMany(items(s, 0, 5, 32), publicKeys(5))] },
    {
      name: 'x25519.sharedMany, one scalar',
      length: 32,
      run: s => [x25519.sharedMany(items(s, 0, 1, 32), publicKeys(4))],
    },
    {
      name: 'x25519.shared with a low-order point',
      length: 32,
      run(s) {
        expectCode('low-order-point', () => x25519.shared(s, new Uint8Array(32)))
        return []
      },
    },
    {
      name: 'x25519.sharedMany with a low-order point',
      length: 5 * 32,
      run(s) {
        expectCode('low-order-point', () => x25519.sharedMany(items(s, 0, 5, 32), withLowOrder()))
        return []
      },
    },
  ]
}

function ed25519Operations({ ed25519 }: WasmPrimitives): SecretOperation[] {
  const sign = (seed: Uint8Array, message: Uint8Array): Uint8Array[] => {
    const signer = ed25519.signer(seed)
    const signature = signer.sign(message)
    signer.wipe()
    return [signature]
  }
  return [
    { name: 'ed25519.publicKey', length: 32, run: s => [ed25519.publicKey(s)] },
    { name: 'ed25519.sign', length: 32, run: s => sign(s, fixed(200)) },
    { name: 'ed25519.sign of nothing', length: 32, run: s => sign(s, fixed(0)) },
    { name: 'ed25519.sign of a long message', length: 32, run: s => sign(s, fixed(BEYOND_IO)) },
    { name: 'ed25519.sign of a secret message', length: 32 + 300, run: s => sign(s.subarray(0, 32), s.subarray(32)) },
  ]
}

function hashOperations(hash: Hash): SecretOperation[] {
  const lengths = [1, hash.blockLength - 1, hash.blockLength, 1000, BEYOND_IO]
  return [
    ...lengths.map(length => ({
      name: `${hash.id}.digest of ${length} bytes`,
      length,
      run: (s: Uint8Array) => [hash.digest(s)],
    })),
    {
      name: `${hash.id}.stream`,
      length: 700,
      run: s => [hash.stream().update(s.subarray(0, 3)).update(s.subarray(3, 500)).update(s.subarray(500)).digest()],
    },
    {
      name: `${hash.id}.stream, wiped`,
      length: 700,
      run(s) {
        hash.stream().update(s.subarray(0, 600)).update(s.subarray(600)).wipe()
        return []
      },
    },
    { name: `${hash.id}.digestMany`, length: 9 * 64, run: s => [hash.digestMany(items(s, 0, 9, 64))] },
    { name: `${hash.id}.digestMany of all lengths`, length: 1050, run: s => [hash.digestMany(rising(s, 0, 15, 10))] },
  ]
}

function kdfOperations(kdf: Kdf): SecretOperation[] {
  const info = fixed(40)
  const infos = ByteList.of([fixed(10), fixed(20), fixed(30), fixed(40), fixed(50)])
  return [
    { name: `${kdf.id}.hmac`, length: 32 + 100, run: s => [kdf.hmac(s.subarray(0, 32), s.subarray(32))] },
    { name: `${kdf.id}.hmac, long key`, length: 200, run: s => [kdf.hmac(s, info)] },
    {
      name: `${kdf.id}.hmac, long message`,
      length: 32 + BEYOND_IO,
      run: s => [kdf.hmac(s.subarray(0, 32), s.subarray(32))],
    },
    { name: `${kdf.id}.extract`, length: 64, run: s => [kdf.extract(s.subarray(0, 32), s.subarray(32))] },
    { name: `${kdf.id}.expand`, length: kdf.length, run: s => [kdf.expand(s, info, 32)] },
    { name: `${kdf.id}.expand, several blocks`, length: kdf.length, run: s => [kdf.expand(s, info, 200)] },
    { name: `${kdf.id}.expand, long key`, length: 150, run: s => [kdf.expand(s, info, 32)] },
    {
      name: `${kdf.id}.extractMany`,
      length: 5 * 64,
      run: s => [kdf.extractMany(items(s, 0, 5, 32), items(s, 160, 5, 32))],
    },
    {
      name: `${kdf.id}.extractMany, one salt`,
      length: 5 * 32,
      run: s => [kdf.extractMany(ByteList.of([info]), items(s, 0, 5, 32))],
    },
    {
      name: `${kdf.id}.expandMany`,
      length: 5 * kdf.length,
      run: s => [kdf.expandMany(items(s, 0, 5, kdf.length), infos, 32)],
    },
    {
      name: `${kdf.id}.expandMany, one key`,
      length: kdf.length,
      run: s => [kdf.expandMany(items(s, 0, 1, kdf.length), infos, 16)],
    },
    {
      name: `${kdf.id}.expandMany, several blocks`,
      length: 5 * kdf.length,
      run: s => [kdf.expandMany(items(s, 0, 5, kdf.length), infos, 150)],
    },
  ]
}

function aeadOperations(aead: Aead): SecretOperation[] {
  const { keyLength, id } = aead
  const nonce = fixed(12)
  const aad = fixed(21)
  const seal = (s: Uint8Array) => aead.seal(s.subarray(0, keyLength), nonce, aad, s.subarray(keyLength))
  const lengths = [0, 1, 15, 16, 200, 1000, BEYOND_IO, BEYOND_PIECE]
  const opening = (length: number): SecretOperation => ({
    name: `${id}.open of ${length} bytes`,
    length: keyLength + length,
    run: s => [aead.open(s.subarray(0, keyLength), nonce, aad, seal(s))],
  })
  const forged = (length: number): SecretOperation => ({
    name: `${id}.open of ${length} bytes with a bad tag`,
    length: keyLength + length,
    run(s) {
      const sealed = seal(s)
      sealed[sealed.length - 1]! ^= 1
      expectCode('invalid-tag', () => aead.open(s.subarray(0, keyLength), nonce, aad, sealed))
      return []
    },
  })
  return [
    ...lengths.map(length => ({
      name: `${id}.seal of ${length} bytes`,
      length: keyLength + length,
      run: (s: Uint8Array) => [seal(s)],
    })),
    ...lengths.map(opening),
    ...[16, 200, BEYOND_PIECE].map(forged),
    {
      name: `${id}.sealMany`,
      length: 6 * keyLength + 6 * 48,
      run(s) {
        const keys = items(s, 0, 6, keyLength)
        return [aead.sealMany(keys, ByteList.fixed(fixed(72), 12), aad, items(s, 6 * keyLength, 6, 48)).bytes]
      },
    },
    {
      name: `${id}.sealMany of all lengths`,
      length: 6 * keyLength + 15 * 37,
      run(s) {
        const keys = items(s, 0, 6, keyLength)
        return [aead.sealMany(keys, ByteList.fixed(fixed(72), 12), aad, rising(s, 6 * keyLength, 6, 37)).bytes]
      },
    },
  ]
}

/** The operations on the curves, which have two modules. */
export function curveOperations(primitives: WasmPrimitives): SecretOperation[] {
  return [...x25519Operations(primitives), ...ed25519Operations(primitives)]
}

/** The operations of the symmetric module. */
export function symmetricOperations(p: WasmPrimitives): SecretOperation[] {
  return [
    ...[p.sha256, p.sha384, p.sha512].flatMap(hashOperations),
    ...[p['hkdf-sha256'], p['hkdf-sha384'], p['hkdf-sha512']].flatMap(kdfOperations),
    ...[p.aes128gcm, p.aes256gcm, p.chacha20poly1305].flatMap(aeadOperations),
  ]
}
