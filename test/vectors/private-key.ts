/** Private keys as the vectors of the MLS working group write them: for NIST curves as numbers, without their leading zeros. */
import { fromHex } from '../../src/base/bytes.ts'

/** The bytes of a private key in the one length that it has here. Longer ones stay as they are, and are refused. */
export function privateKeyIn(hex: string, { privateKeyLength }: { readonly privateKeyLength: number }) {
  return fromHex(hex.padStart(2 * privateKeyLength, '0'))
}
