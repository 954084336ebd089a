/** Reproducible bytes for tests: SHAKE256 of a label. */
import { shake256 } from '@noble/hashes/sha3.js'
import { utf8 } from '../../src/base/bytes.ts'

/** `length` bytes that depend on the label alone. */
export function seededBytes(label: string, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(shake256(utf8(label), { dkLen: length }))
}
