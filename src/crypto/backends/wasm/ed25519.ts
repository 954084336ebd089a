/** RFC 8032, Ed25519 in WebAssembly, with the acceptance set of docs/ed25519-acceptance.md. */
import { checkSameCount } from '../../../base/byte-list.ts'
import { checkBytes, unshared } from '../../../base/bytes.ts'
import { UsageError } from '../../../base/errors.ts'
import { wipe } from '../../../base/secret.ts'
import type { InParts, SignatureScheme } from '../../provider.ts'
import { checkOwnLength } from '../checks.ts'
import { type CurveInstance, type CurveKind, curve } from './curve.ts'
import { findBad } from './ed25519-batch.ts'

const KEY = 32
const SIGNATURE = 64
const EXPANDED = 96

interface Exports {
  ed25519_expand(out: number, seed: number): void
  ed25519_feed(message: number, length: number): void
  ed25519_sign_begin(expanded: number): void
  ed25519_sign_middle(out: number, expanded: number): void
  ed25519_sign_end(out: number, expanded: number): void
  ed25519_verify_begin(key: number, signature: number): void
  ed25519_verify_end(key: number, signature: number): number
}

/** How much of a message is in memory at once: memory that grew for a long one would stay. */
const PIECE = 65536

/** Ed25519 on the module of one kind, or of the better kind that runs here. The module is compiled on the first call. */
export function createEd25519(kind?: CurveKind): SignatureScheme {
  let instance: CurveInstance | undefined
  const module = (): CurveInstance => (instance ??= curve(kind))
  const exportsOf = (wasm: CurveInstance): Exports => wasm.exports as unknown as Exports

  /** Runs `body` with the address of `size` bytes, in the IO region where they fit, and wipes them. */
  const withSpace = <T>(size: number, body: (at: number, memory: Uint8Array<ArrayBuffer>, calls: Exports) => T): T => {
    const wasm = module()
    const at = size <= wasm.ioSize ? wasm.io : wasm.reserve(size)
    const memory = wasm.bytes()
    try {
      return body(at, memory, exportsOf(wasm))
    } catch (error) {
      throw wasm.abandoned(error)
    } finally {
      memory.fill(0, at, at + size)
    }
  }

  /** The clamped scalar, the prefix of nonces, the public key. */
  const expand = (seed: Uint8Array): Uint8Array<ArrayBuffer> => {
    checkOwnLength(seed, KEY)
    return withSpace(EXPANDED + KEY, (at, memory, calls) => {
      memory.set(seed, at + EXPANDED)
      calls.ed25519_expand(at, at + EXPANDED)
      return memory.slice(at, at + EXPANDED)
    })
  }

  /** Hashes a part of a message, piece by piece from `at` on. */
  const feed = (part: Uint8Array, at: number, memory: Uint8Array, calls: Exports): void => {
    for (let from = 0; from < part.length; from += PIECE) {
      const piece = part.subarray(from, from + PIECE)
      memory.set(piece, at)
      calls.ed25519_feed(at, piece.length)
    }
  }

  const verifyParts = (publicKey: Uint8Array, message: InParts, signature: Uint8Array): boolean => {
    let longest = 0
    for (const bytes of [publicKey, signature, ...message]) {
      checkBytes(bytes)
      longest = Math.max(longest, bytes.length)
    }
    if (publicKey.length !== KEY || signature.length !== SIGNATURE) return false
    return withSpace(KEY + SIGNATURE + Math.min(longest, PIECE), (at, memory, calls) => {
      const text = at + KEY + SIGNATURE
      memory.set(publicKey, at)
      memory.set(signature, at + KEY)
      calls.ed25519_verify_begin(at, at + KEY)
      for (const part of message) feed(part, text, memory, calls)
      return calls.ed25519_verify_end(at, at + KEY) === 1
    })
  }

  return {
    id: 'ed25519',
    privateKeyLength: KEY,
    publicKeyLength: KEY,
    publicKey(privateKey) {
      const expanded = expand(privateKey)
      const publicKey = expanded.slice(EXPANDED - KEY)
      wipe(expanded)
      return publicKey
    },
    signer(privateKey) {
      // the public key is signed over from this copy, never from one that a caller could exchange
      const expanded = expand(privateKey)
      let wiped = false
      return {
        publicKey: expanded.slice(EXPANDED - KEY),
        sign(message) {
          if (wiped) throw new UsageError('wiped-secret')
          checkBytes(message)
          // it is hashed twice: one that changed meanwhile would give the key away
          const own = unshared(message)
          return withSpace(SIGNATURE + EXPANDED + Math.min(own.length, PIECE), (at, memory, calls) => {
            const [key, text] = [at + SIGNATURE, at + SIGNATURE + EXPANDED]
            memory.set(expanded, key)
            calls.ed25519_sign_begin(key)
            feed(own, text, memory, calls)
            calls.ed25519_sign_middle(at, key)
            feed(own, text, memory, calls)
            calls.ed25519_sign_end(at, key)
            return memory.slice(at, at + SIGNATURE)
          })
        },
        wipe() {
          wiped = true
          wipe(expanded)
        },
      }
    },
    verify: (publicKey, message, signature) => verifyParts(publicKey, [message], signature),
    verifyParts,
    verifyMany(batch) {
      checkSameCount(batch.publicKeys, batch.messages, batch.signatures)
      return findBad(module(), batch)
    },
  }
}
