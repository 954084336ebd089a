/** RFC 3279 section 2.2.3: ECDSA signatures as DER, and the two numbers side by side as libraries take them. */
import { concat } from '../../base/bytes.ts'
import { isScalar, type NistCurve } from '../nist-curves.ts'

type Bytes = Uint8Array<ArrayBuffer>

const SEQUENCE = 0x30
const INTEGER = 0x02
// a length from here on takes a byte of its own after this one
const LONG_FORM = 0x80

/** The bytes of an INTEGER at `at` and where it ends; undefined unless it is the one DER encoding of a number above zero. */
function integerAt(der: Uint8Array, at: number): { bytes: Uint8Array; end: number } | undefined {
  const length = der[at + 1]
  // the numbers of all curves are shorter than 128 bytes
  if (der[at] !== INTEGER || length === undefined || length === 0 || length >= LONG_FORM) return undefined
  const end = at + 2 + length
  const bytes = der.subarray(at + 2, end)
  if (end > der.length || bytes[0]! >= 0x80) return undefined
  if (bytes[0] !== 0) return { bytes, end }
  return length > 1 && bytes[1]! >= 0x80 ? { bytes: bytes.subarray(1), end } : undefined
}

/** Where the content of the SEQUENCE that fills `der` starts; undefined unless its length is the one DER encoding. */
function contentStart(der: Uint8Array): number | undefined {
  if (der[0] !== SEQUENCE || der[1] === undefined) return undefined
  if (der[1] < LONG_FORM) return der.length === 2 + der[1] ? 2 : undefined
  const isLong = der[1] === LONG_FORM + 1 && der[2] !== undefined && der[2] >= LONG_FORM
  return isLong && der.length === 3 + der[2]! ? 3 : undefined
}

/**
 * r and s of a signature, each in the length of the curve's scalars. Undefined for anything but DER, and for numbers that are not
 * from 1 to the order less 1. Both s and its negative are taken: neither RFC 9420 nor FIPS 186-5 prefers one.
 */
export function fromDer(curve: NistCurve, der: Uint8Array): Bytes | undefined {
  const start = contentStart(der)
  const r = start === undefined ? undefined : integerAt(der, start)
  const s = r && integerAt(der, r.end)
  const size = curve.scalarLength
  if (r === undefined || s === undefined || s.end !== der.length) return undefined
  if (r.bytes.length > size || s.bytes.length > size) return undefined
  const out = new Uint8Array(2 * size)
  out.set(r.bytes, size - r.bytes.length)
  out.set(s.bytes, 2 * size - s.bytes.length)
  return isScalar(curve, out.subarray(0, size)) && isScalar(curve, out.subarray(size)) ? out : undefined
}

function integer(number: Uint8Array): Bytes {
  let from = 0
  while (number[from] === 0) from++
  const sign = number[from]! >= 0x80 ? 1 : 0
  return concat(Uint8Array.of(INTEGER, number.length - from + sign), new Uint8Array(sign), number.subarray(from))
}

/** DER of r and s, which follow each other in one length. */
export function toDer(signature: Uint8Array): Bytes {
  const half = signature.length / 2
  const content = concat(integer(signature.subarray(0, half)), integer(signature.subarray(half)))
  const length = content.length < LONG_FORM ? [content.length] : [LONG_FORM + 1, content.length]
  return concat(Uint8Array.of(SEQUENCE, ...length), content)
}
