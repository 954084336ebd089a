/** Byte strings: joining, comparing, encoding. */
import { UsageError } from './errors.ts'

/** The empty byte string. */
export const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0)

// read from the object itself, whatever its class says, and the same for arrays of another realm (a frame, a test environment)
const typedArrayName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined

/** Refuses what is not a `Uint8Array`: from callers without types, a string or an `ArrayBuffer` would pass for zeros or for nothing. */
export function checkBytes(value: Uint8Array): void {
  if (value instanceof Uint8Array || typedArrayName.call(value) === 'Uint8Array') return
  throw new UsageError('wrong-argument', { expected: 'a Uint8Array', got: typeof value })
}

/** The same bytes, not copied, as an array of no other class than `Uint8Array`: of a `Buffer`, `slice` is not a copy. */
export function plainView(bytes: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A copy, of whatever class the original is: of a `Buffer`, `slice` is not a copy. For what callers hand over and may change later. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  checkBytes(bytes)
  return new Uint8Array(bytes)
}

/** The same bytes, copied where other threads share their memory: for code that reads them twice and must see the same. */
export function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes)
}

/** Joins byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const part of parts) {
    checkBytes(part)
    length += part.length
  }
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Compares two byte strings in time that depends on their lengths only. Use it for tags, keys and anything secret. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** Compares two public byte strings; stops at the first difference. */
export function equalPublic(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal of a public byte string. */
export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX[byte]
  return out
}

/** Bytes of a hexadecimal string; anything else is a `UsageError`. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) throw new UsageError('wrong-argument', { expected: 'hex' })
  const out = new Uint8Array(hex.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return out
}

const encoder = new TextEncoder()

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>
}
