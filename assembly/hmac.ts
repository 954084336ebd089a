/** RFC 2104: HMAC, in place, over any hash of hash.ts. */
import { begin, blockSize, digestSize, end, feed, fillSpans, OUTER, pad, SHA256, STATE, wipeSingle } from './hash'
import { wipe } from './memory'
import { sha256Many } from './sha256-many'

const INNER_BYTE: u8 = 0x36
const OUTER_BYTE: u8 = 0x5c

/** Combines every byte of a key block with one byte. */
function mask(block: usize, size: usize, byte: u8): void {
  const bytes = i8x16.splat(byte)
  for (let i: usize = 0; i < size; i += 16) v128.store(block + i, v128.xor(v128.load(block + i), bytes))
}

/**
 * Writes the MAC of the `n` bytes at `message` to `out`; up to 144 bytes behind the message are overwritten. `key` is a block, filled
 * up with zeros, and is the same again afterwards. `out` may lie anywhere but on the key. The caller wipes with `wipeSingle`.
 */
export function mac(kind: i32, key: usize, message: usize, n: usize, out: usize): void {
  const block = blockSize(kind)
  mask(key, block, INNER_BYTE)
  begin(kind, STATE)
  feed(kind, STATE, key, 1)
  feed(kind, STATE, message, pad(kind, message, n, block + n))
  end(kind, STATE, OUTER)
  const size = digestSize(kind)
  pad(kind, OUTER, size, block + size)
  mask(key, block, INNER_BYTE ^ OUTER_BYTE)
  begin(kind, STATE)
  feed(kind, STATE, key, 1)
  feed(kind, STATE, OUTER, 1)
  end(kind, STATE, out)
  mask(key, block, OUTER_BYTE)
}

/**
 * One MAC: the key, at most a block, at `p`, the message of `n` bytes a block behind `p`, 144 bytes free behind it. The MAC replaces the
 * key, everything else is wiped.
 */
export function hmac(kind: i32, p: usize, keyLength: usize, n: usize): void {
  const block = blockSize(kind)
  const size = digestSize(kind)
  wipe(p + keyLength, block - keyLength)
  mac(kind, p, p + block, n, OUTER)
  memory.copy(p, OUTER, size)
  wipe(p + size, block + n + 144 - size)
  wipeSingle()
}

/** Copies a key into a block, filled up with zeros and combined with one byte. */
function maskedKey(to: usize, key: usize, keyLength: usize, size: usize, byte: u8): void {
  wipe(to, size)
  memory.copy(to, key, keyLength)
  mask(to, size, byte)
}

/**
 * The first `length` bytes of the MACs of `count` messages, one after the other at `out`, where there is room for whole MACs. Keys (of at
 * most a block) and messages are given by their spans; a `suffix` that is not negative is a byte added to each message. `work` is room,
 * that the caller wipes, for 104 bytes and one block and 16 bytes more than its message for each item, and 512 bytes.
 */
export function hmacMany(
  kind: i32, count: usize, keys: usize, messages: usize, suffix: i32, length: usize, work: usize, out: usize,
): void {
  const size = digestSize(kind)
  const block = blockSize(kind)
  if (kind == SHA256) {
    // every MAC is a hash of a masked key and the message, then one of the masked key and that digest: two calls, four lanes each
    const outer = work + ((8 * count + 15) & ~15)
    let inner = outer + 96 * count
    for (let i: usize = 0; i < count; i++) {
      const key = load<usize>(keys + 8 * i)
      const keyLength = load<usize>(keys + 8 * i, 4)
      const n = load<usize>(messages + 8 * i, 4)
      maskedKey(outer + 96 * i, key, keyLength, block, OUTER_BYTE)
      maskedKey(inner, key, keyLength, block, INNER_BYTE)
      memory.copy(inner + block, load<usize>(messages + 8 * i), n)
      store<u8>(inner + block + n, <u8>suffix)
      const total = block + n + <usize>(suffix >= 0)
      store<u32>(work + 8 * i, inner)
      store<u32>(work + 8 * i, total, 4)
      inner = (inner + total + 15) & ~15
    }
    sha256Many(count, work, outer + block, 96)
    fillSpans(work, count, outer, 96, block + size)
    sha256Many(count, work, out, size)
  } else {
    const message = work + block
    for (let i: usize = 0; i < count; i++) {
      const n = load<usize>(messages + 8 * i, 4)
      maskedKey(work, load<usize>(keys + 8 * i), load<usize>(keys + 8 * i, 4), block, 0)
      memory.copy(message, load<usize>(messages + 8 * i), n)
      store<u8>(message + n, <u8>suffix)
      mac(kind, work, message, n + <usize>(suffix >= 0), out + size * i)
    }
    wipeSingle()
  }
  for (let i: usize = 1; i < count; i++) memory.copy(out + length * i, out + size * i, length)
}
