/** What a kind of vectors is, and what kinds need. */
import { UsageError } from '../../base/errors.ts'
import { decode, encode } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { KeyPackage } from '../../mls/key-package.ts'
import { MLSMessage } from '../../mls/message.ts'
import { readKeyPackage } from '../../mls/proposal-request.ts'
import { type Given, Mismatch } from './given.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Where cipher suites come from. */
export interface Suites {
  /** Throws `unknown-suite` or `no-backend`. */
  suite(id: number): CipherSuite
}

/** One of the formats of the working group (mls-implementations, test-vectors.md). */
export interface VectorKind {
  readonly name: string
  /** Fields that every case has: by these a file is recognised whose name says nothing. */
  readonly fields: readonly string[]
  /** Those of them that a generator may leave out where there is nothing to say. */
  readonly optional?: readonly string[]
  /** Checks one case in full. Throws where anything does not hold, and `Skipped` where it cannot be checked here. */
  check(given: Given, suites: Suites): void
}

/** A case that cannot be checked here; the message says why. */
export class Skipped extends Error {
  override readonly name = 'Skipped'
}

/** The cipher suite of a case. */
export function suiteOf(given: Given, suites: Suites): CipherSuite {
  const id = given.at('cipher_suite').uint(0xffff)
  try {
    return suites.suite(id)
  } catch (error) {
    if (error instanceof UsageError && error.code === 'unknown-suite') {
      throw new Skipped(`cipher suite ${id} is none that copath knows`)
    }
    throw error
  }
}

/** How a private key of a suite looks here. */
interface PrivateKeyForm {
  readonly privateKeyLength: number
}

/**
 * A private key. Generators write those of NIST curves as numbers, some without their leading zeros and some with one too many, and some
 * append the public key to that of an Edwards curve; here each has one length.
 */
export function privateKeyOf(given: Given, { privateKeyLength }: PrivateKeyForm, publicKey?: Uint8Array): Bytes {
  const bytes = given.bytes()
  const key = new Uint8Array(privateKeyLength)
  if (bytes.length <= privateKeyLength) {
    key.set(bytes, privateKeyLength - bytes.length)
    return key
  }
  const extra = bytes.length - privateKeyLength
  const tail = bytes.subarray(privateKeyLength)
  if (publicKey?.length === extra && tail.every((byte, i) => byte === publicKey[i])) return bytes.slice(0, -extra)
  given.require(
    bytes.subarray(0, extra).every(byte => byte === 0),
    `should be a private key of ${privateKeyLength} bytes, not ${bytes.length}`,
  )
  return bytes.slice(extra)
}

/** A message of one format. */
export function messageOf<Format extends MLSMessage['wireFormat']>(
  given: Given,
  format: Format,
): Extract<MLSMessage, { readonly wireFormat: Format }> {
  const message = decode(MLSMessage, given.bytes())
  given.require(message.wireFormat === format, `should be an ${format}, not an ${message.wireFormat}`)
  return message as Extract<MLSMessage, { readonly wireFormat: Format }>
}

/** A key package, which the generators write as a message, and the formats describe by itself. */
export function keyPackageOf(given: Given): { readonly keyPackage: KeyPackage; readonly encoded: Bytes } {
  const keyPackage = readKeyPackage(given.bytes())
  return { keyPackage, encoded: encode(KeyPackage, keyPackage) }
}

/** A value that has to be there. */
export function present<T>(value: T | undefined, given: Given, what: string): T {
  if (value === undefined) throw new Mismatch(given.where, what)
  return value
}
