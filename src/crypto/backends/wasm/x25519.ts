/** RFC 7748, X25519 in WebAssembly. */
import type { ByteList } from '../../../base/byte-list.ts'
import { RejectedError } from '../../../base/errors.ts'
import { wipe } from '../../../base/secret.ts'
import type { DiffieHellman } from '../../provider.ts'
import { checkOwnLength, checkOwnLengths, checkPublicKey, checkPublicKeys, itemOf, sharedCount } from '../checks.ts'
import { createComposition } from './composition25519.ts'
import { type CurveInstance, type CurveKind, curve } from './curve.ts'

const SIZE = 32
// items of a bulk call in the arena at once: enough to make calls cheap, little to wipe
const CHUNK = 256

interface Exports {
  x25519_public(out: number, scalar: number): void
  x25519_public_many(out: number, scalars: number, count: number, work: number): void
  x25519_public_many_space(count: number): number
  x25519_shared(out: number, scalar: number, u: number): number
  x25519_shared_many(out: number, scalars: number, us: number, count: number, work: number): number
  x25519_shared_many_space(count: number): number
}

/** X25519 on the module of one kind, or of the better kind that runs here. The module is compiled on the first call. */
export function createX25519(kind?: CurveKind): DiffieHellman {
  let instance: CurveInstance | undefined
  const module = (): CurveInstance => (instance ??= curve(kind))
  const exportsOf = (wasm: CurveInstance): Exports => wasm.exports as unknown as Exports

  const publicKey = (privateKey: Uint8Array): Uint8Array<ArrayBuffer> => {
    const wasm = module()
    const memory = wasm.bytes()
    const [scalar, out] = [wasm.io, wasm.io + SIZE]
    try {
      memory.set(privateKey, scalar)
      exportsOf(wasm).x25519_public(out, scalar)
      return memory.slice(out, out + SIZE)
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, scalar, out + SIZE)
    }
  }

  /** Public keys of items `from` to `to` into `out`. */
  const publicKeyMany = (out: Uint8Array, privateKeys: ByteList, from: number, to: number): void => {
    const wasm = module()
    const calls = exportsOf(wasm)
    const count = to - from
    const space = calls.x25519_public_many_space(count)
    // the working space comes first: it is aligned there
    const work = wasm.reserve(space + 2 * SIZE * count)
    const scalars = work + space
    const keys = scalars + SIZE * count
    const memory = wasm.bytes()
    try {
      for (let i = 0; i < count; i++) memory.set(privateKeys.at(from + i), scalars + SIZE * i)
      calls.x25519_public_many(keys, scalars, count, work)
      out.set(memory.subarray(keys, keys + SIZE * count), SIZE * from)
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, work, keys + SIZE * count)
    }
  }

  /** Undefined where the result is zero. */
  const agree = (privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
    const wasm = module()
    const memory = wasm.bytes()
    const [scalar, u, out] = [wasm.io, wasm.io + SIZE, wasm.io + 2 * SIZE]
    try {
      memory.set(privateKey, scalar)
      memory.set(publicKey, u)
      const zero = exportsOf(wasm).x25519_shared(out, scalar, u)
      return zero === 0 ? memory.slice(out, out + SIZE) : undefined
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, scalar, out + SIZE)
    }
  }

  /** Results of items `from` to `to` into `out`; returns the index of the first that is zero, or `to`. */
  const agreeMany = (
    out: Uint8Array,
    privateKeys: ByteList,
    publicKeys: ByteList,
    from: number,
    to: number,
  ): number => {
    const wasm = module()
    const calls = exportsOf(wasm)
    const count = to - from
    const space = calls.x25519_shared_many_space(count)
    // the working space comes first: it is aligned there
    const work = wasm.reserve(space + 2 * SIZE * count)
    const scalars = work + space
    const us = scalars + SIZE * count
    const memory = wasm.bytes()
    try {
      for (let i = 0; i < count; i++) {
        memory.set(itemOf(privateKeys, from + i), scalars + SIZE * i)
        memory.set(itemOf(publicKeys, from + i), us + SIZE * i)
      }
      const first = calls.x25519_shared_many(scalars, scalars, us, count, work)
      if (first === count) out.set(memory.subarray(scalars, us), SIZE * from)
      return from + first
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, work, us + SIZE * count)
    }
  }

  return {
    composition: createComposition(kind),
    id: 'x25519',
    privateKeyLength: SIZE,
    publicKeyLength: SIZE,
    sharedLength: SIZE,
    publicKey(privateKey) {
      checkOwnLength(privateKey, SIZE)
      return publicKey(privateKey)
    },
    publicKeyMany(privateKeys) {
      checkOwnLengths(privateKeys, SIZE)
      const out = new Uint8Array(SIZE * privateKeys.count)
      for (let from = 0; from < privateKeys.count; from += CHUNK) {
        publicKeyMany(out, privateKeys, from, Math.min(from + CHUNK, privateKeys.count))
      }
      return out
    },
    shared(privateKey, publicKey) {
      checkOwnLength(privateKey, SIZE)
      checkPublicKey(publicKey, SIZE)
      const result = agree(privateKey, publicKey)
      if (result === undefined) throw new RejectedError('low-order-point')
      return result
    },
    sharedMany(privateKeys, publicKeys) {
      const total = sharedCount(privateKeys, publicKeys)
      checkOwnLengths(privateKeys, SIZE)
      checkPublicKeys(publicKeys, SIZE)
      const out = new Uint8Array(SIZE * total)
      for (let from = 0; from < total; from += CHUNK) {
        const to = Math.min(from + CHUNK, total)
        const first = agreeMany(out, privateKeys, publicKeys, from, to)
        if (first !== to) {
          wipe(out)
          throw new RejectedError('low-order-point', { index: first })
        }
      }
      return out
    },
  }
}
