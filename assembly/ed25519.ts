/** RFC 8032 section 5.1: Ed25519 keys, signing, and verification with the acceptance set of docs/ed25519-acceptance.md. */
import { pointDoubleTimes, pointEncode, pointIsZero } from './edwards25519'
import { encodingHasSmallOrder, encodingIsCanonical, pointDecodePair } from './edwards25519-decode'
import { fixedBase } from './fixed-base25519'
import { scalarIsCanonical, scalarMulAdd, scalarReduce } from './scalar25519'
import { scalarHalve } from './scalar25519-half'
import { prepareStraus, STREAM, strausStream, strausSum } from './straus25519'
import { sha512Final, sha512Init, SHA512_SIZE, sha512Update } from './sha512'
import { SCRATCH, wipe } from './memory'

// SCRATCH 0x2440..0x2e2f belongs to this file
const HASH: usize = SCRATCH + 0x2440
const DIGEST: usize = SCRATCH + 0x2510 // 64 bytes
const NONCE: usize = SCRATCH + 0x2550 // scalars
const CHALLENGE: usize = SCRATCH + 0x2570
const HALF_U: usize = SCRATCH + 0x2590
const HALF_V: usize = SCRATCH + 0x25b0
const PRODUCT: usize = SCRATCH + 0x25d0
const POINT_R: usize = SCRATCH + 0x25f0
const POINT_A: usize = SCRATCH + 0x2690
const STREAMS: usize = SCRATCH + 0x2730 // two
const CURVE_SCRATCH: usize = SCRATCH + 0x1400
const CURVE_SCRATCH_END: usize = SCRATCH + 0x3480

/** 32 zero bytes. */
const ZERO: usize = memory.data<u64>([0, 0, 0, 0], 16)

/** Zeros over all that Ed25519 and what it calls left in SCRATCH, from the field's part on. */
export function wipeEd25519(): void {
  wipe(CURVE_SCRATCH, CURVE_SCRATCH_END - CURVE_SCRATCH)
}

@inline
function challengeBegin(r: usize, a: usize): void {
  sha512Init(HASH)
  sha512Update(HASH, r, 32)
  sha512Update(HASH, a, 32)
}

@inline
function challengeEnd(out: usize): void {
  sha512Final(HASH, DIGEST, 64)
  scalarReduce(out, DIGEST)
}

/** out = SHA-512(R || A || M) mod L, over the bytes as received. */
export function challenge(out: usize, r: usize, a: usize, message: usize, length: usize): void {
  challengeBegin(r, a)
  sha512Update(HASH, message, length)
  challengeEnd(out)
}

/** Writes the 96 bytes of an expanded key: the clamped scalar, the prefix of nonces, and the public key that belongs to them. */
export function ed25519_expand(out: usize, seed: usize): void {
  sha512Init(HASH)
  sha512Update(HASH, seed, 32)
  sha512Final(HASH, out, 64)
  store<u8>(out, load<u8>(out) & 248)
  store<u8>(out, (load<u8>(out, 31) & 63) | 64, 31)
  fixedBase(POINT_A, out)
  pointEncode(out + 64, POINT_A)
  wipeEd25519()
}

/**
 * A signature by an expanded key (96 bytes): this, then the pieces of the message, `ed25519_sign_middle`, the same pieces once more, and
 * `ed25519_sign_end`, with no other call between them.
 */
export function ed25519_sign_begin(expanded: usize): void {
  sha512Init(HASH)
  sha512Update(HASH, expanded + 32, 32)
}

/** Writes the first half of a signature (32 bytes). */
export function ed25519_sign_middle(out: usize, expanded: usize): void {
  sha512Final(HASH, DIGEST, 64)
  scalarReduce(NONCE, DIGEST)
  fixedBase(POINT_R, NONCE)
  pointEncode(out, POINT_R)
  challengeBegin(out, expanded + 64)
}

/** Writes the second half of a signature behind the first, which is at `out`. */
export function ed25519_sign_end(out: usize, expanded: usize): void {
  challengeEnd(CHALLENGE)
  scalarMulAdd(out + 32, CHALLENGE, expanded, NONCE)
  wipeEd25519()
}

/** 1 if the encodings of a public key and a signature are acceptable, whatever they are encodings of. */
export function ed25519_acceptable(key: usize, signature: usize): u32 {
  return (
    encodingIsCanonical(key) &
    (encodingHasSmallOrder(key) ^ 1) &
    encodingIsCanonical(signature) &
    u32(scalarIsCanonical(signature + 32))
  )
}

/**
 * 1 if [8](S B - R - k A) = 0 for acceptable encodings of points, else 0.
 * With u = v k mod L and v not 0 mod L that is [8](v R + u A - v S B) = 0, and u, v are half as long as k: half the doublings. The parts
 * of small order in R and A, for which a multiple of L is not 0, vanish with the factor 8; without it the step would not be allowed.
 */
export function ed25519_verify(key: usize, message: usize, length: usize, signature: usize): u32 {
  ed25519_verify_begin(key, signature)
  ed25519_feed(message, length)
  return ed25519_verify_end(key, signature)
}

/** The same for a message in pieces: this, then the pieces, then the end, and no other call between them. */
export function ed25519_verify_begin(key: usize, signature: usize): void {
  challengeBegin(signature, key)
}

/** The next piece of a message that is signed or verified in pieces. */
export function ed25519_feed(message: usize, length: usize): void {
  sha512Update(HASH, message, length)
}

/** The result for a message that came in pieces. */
export function ed25519_verify_end(key: usize, signature: usize): u32 {
  challengeEnd(CHALLENGE)
  prepareStraus()
  if (!ed25519_acceptable(key, signature) || pointDecodePair(POINT_R, POINT_A, signature, key) != 3) {
    wipeEd25519()
    return 0
  }
  const sign = scalarHalve(HALF_U, HALF_V, CHALLENGE) ? -1 : 1
  scalarMulAdd(PRODUCT, HALF_V, signature + 32, ZERO)
  const lengthR = strausStream(STREAMS, POINT_R, HALF_V, 1)
  const lengthA = strausStream(STREAMS + STREAM, POINT_A, HALF_U, sign)
  strausSum(POINT_R, STREAMS, 2, max(lengthR, lengthA), PRODUCT)
  pointDoubleTimes(POINT_R, POINT_R, 3)
  const holds = pointIsZero(POINT_R)
  wipeEd25519()
  return holds
}
