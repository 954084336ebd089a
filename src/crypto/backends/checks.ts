/** Argument checks that every backend makes in the same way. */
import { type ByteList, checkList } from '../../base/byte-list.ts'
import { checkBytes } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'

/** A private or symmetric key or a nonce, which our caller owns. */
export function checkOwnLength(bytes: Uint8Array, expected: number): void {
  checkBytes(bytes)
  if (bytes.length !== expected) throw new UsageError('wrong-length', { expected, got: bytes.length })
}

/** Keys or nonces that our caller owns. */
export function checkOwnLengths(list: ByteList, expected: number): void {
  checkList(list)
  if (list.stride === expected) return
  for (let i = 0; i < list.count; i++) {
    const got = list.lengthOf(i)
    if (got !== expected) throw new UsageError('wrong-length', { expected, got, index: i })
  }
}

/** Which bytes of the right length are private keys; undefined where all are. */
export type PrivateKeyTest = ((privateKey: Uint8Array) => boolean) | undefined

/** A private key of our caller. */
export function checkPrivateKey(bytes: Uint8Array, expected: number, isPrivateKey: PrivateKeyTest): void {
  checkOwnLength(bytes, expected)
  if (isPrivateKey?.(bytes) === false) throw new UsageError('invalid-private-key')
}

/** Private keys of our caller. */
export function checkPrivateKeys(list: ByteList, expected: number, isPrivateKey: PrivateKeyTest): void {
  checkOwnLengths(list, expected)
  if (isPrivateKey === undefined) return
  for (let i = 0; i < list.count; i++) {
    if (!isPrivateKey(list.at(i))) throw new UsageError('invalid-private-key', { index: i })
  }
}

/** A public key, which came from outside. */
export function checkPublicKey(bytes: Uint8Array, expected: number): void {
  checkBytes(bytes)
  if (bytes.length !== expected) throw new RejectedError('invalid-public-key', { expected, got: bytes.length })
}

/** Public keys, which came from outside. */
export function checkPublicKeys(list: ByteList, expected: number): void {
  checkList(list)
  if (list.stride === expected) return
  for (let i = 0; i < list.count; i++) {
    const got = list.lengthOf(i)
    if (got !== expected) throw new RejectedError('invalid-public-key', { expected, got, index: i })
  }
}

/** How many items two lists make together, where one item serves for all. */
export function sharedCount(a: ByteList, b: ByteList): number {
  checkList(a)
  checkList(b)
  if (a.count === b.count || b.count === 1) return a.count
  if (a.count === 1) return b.count
  throw new UsageError('wrong-argument', { expected: 'lists of one length', got: [a.count, b.count] })
}

/** Item `i` of a list whose only item serves for all. */
export function itemOf(list: ByteList, i: number): Uint8Array {
  return list.at(list.count === 1 ? 0 : i)
}

/** RFC 5869 section 2.3: at most 255 blocks. */
export function checkExpandLength(length: number, hashLength: number): void {
  if (!Number.isInteger(length) || length < 0) throw new UsageError('wrong-argument', { length })
  if (length > 255 * hashLength) throw new UsageError('input-too-long', { length, limit: 255 * hashLength })
}
