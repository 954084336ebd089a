/** RFC 1951, Inflate: just enough to unpack our own embedded modules synchronously, which the platform cannot. */
import { BugError } from '../../../base/errors.ts'

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const MAX_CODE_BITS = 15

/** Codes up to this length, nearly all that occur, are looked up instead of followed bit by bit. */
const QUICK_BITS = 9

/** A canonical Huffman code: how many symbols have each length, and the symbols in order of their codes. */
interface Code {
  readonly counts: Uint16Array
  readonly symbols: Uint16Array
  /** By the next bits of the stream: a symbol and, in the low four bits, the length of its code; 0 for longer codes. */
  readonly quick: Uint16Array
}

function reversed(code: number, length: number): number {
  let out = 0
  for (let i = 0; i < length; i++) out |= ((code >>> i) & 1) << (length - 1 - i)
  return out
}

function quickTable(counts: Uint16Array, symbols: Uint16Array): Uint16Array {
  const quick = new Uint16Array(1 << QUICK_BITS)
  let code = 0
  let index = 0
  for (let length = 1; length <= QUICK_BITS; length++) {
    code <<= 1
    for (let i = 0; i < counts[length]!; i++, code++, index++) {
      const entry = (symbols[index]! << 4) | length
      for (let at = reversed(code, length); at < quick.length; at += 1 << length) quick[at] = entry
    }
  }
  return quick
}

function canonicalCode(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1)
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]!]!++
  counts[0] = 0
  const next = new Uint16Array(MAX_CODE_BITS + 2)
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) next[bits + 1] = next[bits]! + counts[bits]!
  const symbols = new Uint16Array(lengths.length)
  for (let i = 0; i < lengths.length; i++) if (lengths[i] !== 0) symbols[next[lengths[i]!]!++] = i
  return { counts, symbols, quick: quickTable(counts, symbols) }
}

const NO_DICTIONARY = new Uint8Array(0)

const fixedLengths = Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))

/** Unpacks a raw deflate stream of exactly `size` bytes, which may refer back into a dictionary that stands before it. */
export function inflate(packed: Uint8Array, size: number, dictionary = NO_DICTIONARY): Uint8Array<ArrayBuffer> {
  const end = dictionary.length + size
  const out = new Uint8Array(end)
  out.set(dictionary)
  let at = 0
  let filled = dictionary.length
  let buffer = 0
  let available = 0

  const fail = (): never => {
    throw new BugError('broken-invariant', { inflate: at })
  }
  const bits = (count: number): number => {
    while (available < count) {
      if (at >= packed.length) fail()
      buffer |= packed[at++]! << available
      available += 8
    }
    const value = buffer & ((1 << count) - 1)
    buffer >>>= count
    available -= count
    return value
  }
  const symbol = ({ counts, symbols, quick }: Code): number => {
    while (available < QUICK_BITS && at < packed.length) {
      buffer |= packed[at++]! << available
      available += 8
    }
    const entry = quick[buffer & ((1 << QUICK_BITS) - 1)]!
    const known = entry & 15
    if (known !== 0 && known <= available) {
      buffer >>>= known
      available -= known
      return entry >>> 4
    }
    let code = 0
    let first = 0
    let index = 0
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= bits(1)
      const count = counts[length]!
      if (code - count < first) return symbols[index + code - first]!
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return fail()
  }
  const dynamicCodes = (): [Code, Code] => {
    const literalCount = bits(5) + 257
    const distanceCount = bits(5) + 1
    const orderCount = bits(4) + 4
    const orderLengths = new Uint8Array(19)
    for (let i = 0; i < orderCount; i++) orderLengths[CODE_LENGTH_ORDER[i]!] = bits(3)
    const lengthCode = canonicalCode(orderLengths)
    const lengths = new Uint8Array(literalCount + distanceCount)
    for (let i = 0; i < lengths.length; ) {
      const s = symbol(lengthCode)
      if (s < 16) lengths[i++] = s
      else {
        const value = s === 16 ? lengths[i - 1]! : 0
        const repeat = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7)
        if (i + repeat > lengths.length) fail()
        lengths.fill(value, i, i + repeat)
        i += repeat
      }
    }
    return [canonicalCode(lengths.subarray(0, literalCount)), canonicalCode(lengths.subarray(literalCount))]
  }
  const compressedBlock = (literals: Code, distances: Code): void => {
    for (;;) {
      const s = symbol(literals)
      if (s === 256) return
      if (s < 256) {
        if (filled >= end) fail()
        out[filled++] = s
        continue
      }
      const length = LENGTH_BASE[s - 257]! + bits(LENGTH_BITS[s - 257]!)
      const d = symbol(distances)
      const distance = DISTANCE_BASE[d]! + bits(d < 4 ? 0 : (d - 2) >> 1)
      if (distance > filled || filled + length > end) fail()
      for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - distance]!
    }
  }

  for (let last = 0; last === 0; ) {
    last = bits(1)
    const type = bits(2)
    if (type === 0) {
      // whole bytes that were read ahead belong to the block
      at -= available >>> 3
      buffer = available = 0
      const length = packed[at]! | (packed[at + 1]! << 8)
      at += 4
      if (at + length > packed.length || filled + length > end) fail()
      out.set(packed.subarray(at, at + length), filled)
      at += length
      filled += length
    } else if (type === 1) {
      compressedBlock(canonicalCode(fixedLengths), canonicalCode(new Uint8Array(30).fill(5)))
    } else if (type === 2) {
      compressedBlock(...dynamicCodes())
    } else fail()
  }
  if (filled !== end) fail()
  return out.slice(dictionary.length)
}
