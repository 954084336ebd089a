/** RFC 8032 section 5.1.7 with the cofactor, in JavaScript: also the second opinion where a native library knows only the other equation. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { acceptableEncodings } from '../../ed25519-acceptance.ts'

/** [8](S*B - R - k*A) = 0. The encodings must be acceptable already. */
export function satisfiesCofactored(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return ed25519.verify(signature, message, publicKey, { zip215: true })
}

/** Verification with the acceptance set of all backends. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return acceptableEncodings(publicKey, signature) && satisfiesCofactored(publicKey, message, signature)
}

/**
 * Verification by a library that checks S*B = R + k*A without the cofactor. What satisfies that satisfies the cofactored equation too,
 * so only its refusals need the second opinion.
 */
export function cofactoredBy(
  library: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
): typeof verifyEd25519 {
  return (publicKey, message, signature) =>
    acceptableEncodings(publicKey, signature) &&
    (library(publicKey, message, signature) || satisfiesCofactored(publicKey, message, signature))
}
