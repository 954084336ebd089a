/** The protocol a second time, on noble alone, sharing no code with what it checks. */
import { x25519 } from '@noble/curves/ed25519.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 } from '@noble/hashes/sha2.js'

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(p => [...p]))
export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const hex = (bytes: Uint8Array): string => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('')
export const hash = (...parts: readonly Uint8Array[]): Uint8Array => sha256(joined(...parts))
export const publicKey = (secret: Uint8Array): Uint8Array => x25519.getPublicKey(secret)
export const dh = (secret: Uint8Array, key: Uint8Array): Uint8Array => x25519.getSharedSecret(secret, key)
export const xored = (...parts: readonly Uint8Array[]): Uint8Array =>
  parts.reduce((sum, part) => sum.map((byte, i) => byte ^ part[i]!))
export const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
export function vec(bytes: Uint8Array): Uint8Array {
  return bytes.length < 64 ? joined(Uint8Array.of(bytes.length), bytes) : joined(uint16(bytes.length | 0x4000), bytes)
}

export const historicalKdf = (key: Uint8Array, salt: number): Uint8Array =>
  pbkdf2(sha256, key, Uint8Array.of(salt), { c: 10, dkLen: 32 })
export const extracted = (salt: Uint8Array, key: Uint8Array): Uint8Array => extract(sha256, key, salt)
export const derived = (secret: Uint8Array, label: string, context: Uint8Array, length = 32): Uint8Array =>
  expand(sha256, secret, joined(uint16(length), vec(text(`SMMP-F 1.0 ${label}`)), vec(context)), length)
export const mac = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(sha256, key, message)

export interface Keys {
  readonly b: Uint8Array
  readonly k: Uint8Array
  readonly r: Uint8Array
}

const NONE = new Uint8Array(0)

/** Shares, masked shares and master key of the text, with the parenthesis moved; and what it gives where it is not. */
export function historicalSetup(u: Uint8Array, w: Uint8Array, keys: readonly Keys[]) {
  const [U, W] = [publicKey(u), publicKey(w)]
  const L = keys.map(({ b, k }) => hash(dh(u, publicKey(k)), dh(w, publicKey(b)), dh(w, publicKey(k))))
  const G = keys.map(({ r }, i) => xored(dh(w, publicKey(r)), ...L.filter((_, j) => j !== i)))
  const literal = keys.map(({ b, k, r }, i) => hash(dh(k, U), dh(b, W), xored(dh(k, W), G[i]!, dh(r, W))))
  return { L, G, MK: xored(...L), literal }
}

/** The same of the fixed profile, with the key of every pair. */
export function fixedSetup(groupId: Uint8Array, u: Uint8Array, w: Uint8Array, keys: readonly Keys[]) {
  const n = keys.length
  const list = joined(...keys.flatMap(({ b, k, r }) => [publicKey(b), publicKey(k), publicKey(r)]))
  const setup = joined(vec(groupId), publicKey(u), publicKey(w), uint16(n), vec(list))
  const T = hash(text('SMMP-F 1.0 setup'), setup)
  const at = (i: number): Uint8Array => joined(T, uint16(i))
  const L = keys.map(({ b, k }, i) =>
    derived(extracted(NONE, joined(dh(u, publicKey(k)), dh(w, publicKey(b)), dh(w, publicKey(k)))), 'share', at(i)),
  )
  const G = keys.map(({ r }, i) =>
    xored(derived(extracted(NONE, dh(w, publicKey(r))), 'mask', at(i)), ...L.filter((_, j) => j !== i)),
  )
  const MK = derived(xored(...L), 'master', T)
  const pair = (i: number, j: number): Uint8Array => {
    const [a, b] = [keys[Math.min(i, j)]!, keys[Math.max(i, j)]!]
    const terms = joined(dh(a.b, publicKey(b.r)), dh(a.r, publicKey(b.b)), dh(a.r, publicKey(b.r)))
    return derived(extracted(NONE, terms), 'pair', T)
  }
  const tag = (i: number): Uint8Array => mac(derived(MK, 'confirm', T), uint16(i))
  return { T, L, G, MK, pair, tag }
}
