/** FIPS 180-4: one face for SHA-256, SHA-384 and SHA-512. Which one is public, and chosen by a number. */
import { SCRATCH, wipe } from './memory'
import { SHA256_BLOCK, SHA256_WORDS, SHA256_WORDS_SIZE, sha256Blocks, sha256Digest, sha256State } from './sha256'
import { sha256Many } from './sha256-many'
import { SHA512_BLOCK, SHA512_SIZE, sha384Init, sha512Blocks, sha512Init } from './sha512'

export const SHA256: i32 = 0
export const SHA384: i32 = 1
export const SHA512: i32 = 2

// SCRATCH, as hash.ts, hmac.ts and hkdf.ts use it. sha256x4.ts and sha256-many.ts have 0x400 to 0xc00.
//   0x000  the words of sha256.ts
//   0x040  STATE: the state of a hash in one call
//   0x140  OUTER: the digest of HMAC's inner hash, to be padded to a block
export const STATE = SCRATCH + 0x40
export const OUTER = SCRATCH + 0x140
const SINGLE_END = SCRATCH + 0x1c0

export function blockSize(kind: i32): usize {
  return kind == SHA256 ? SHA256_BLOCK : SHA512_BLOCK
}

export function digestSize(kind: i32): usize {
  return kind == SHA256 ? 32 : kind == SHA384 ? 48 : 64
}

/** Writes the initial state; 200 bytes at `state` are overwritten. */
export function begin(kind: i32, state: usize): void {
  if (kind == SHA256) sha256State(state)
  else if (kind == SHA384) sha384Init(state)
  else sha512Init(state)
}

export function feed(kind: i32, state: usize, p: usize, count: usize): void {
  if (kind == SHA256) sha256Blocks(state, p, count)
  else sha512Blocks(state, p, count)
}

/** Writes a final state as a digest, which may lie upon the state. */
export function end(kind: i32, state: usize, out: usize): void {
  if (kind == SHA256) sha256Digest(state, out)
  else {
    const size = digestSize(kind)
    for (let i: usize = 0; i < size; i += 8) store<u64>(out + i, bswap<u64>(load<u64>(state + i)))
  }
}

/** Pads in place the last `n` of `total` bytes, which start a block. Returns how many blocks they make, at most two more than they fill. */
export function pad(kind: i32, p: usize, n: usize, total: u64): usize {
  const block = blockSize(kind)
  const count = n / block + (n % block + (block >> 3) + 1 > block ? 2 : 1)
  const last = p + count * block - 8
  wipe(p + n, last - p - n)
  store<u8>(p + n, 0x80)
  // lengths that do not fit the lower 64 bits of SHA-512's 128 cannot come up: counted in bytes they would need 2^61
  store<u64>(last, bswap<u64>(total << 3))
  return count
}

/** Wipes what a function of this file, hmac.ts or hkdf.ts used for a single message. */
export function wipeSingle(): void {
  wipe(SCRATCH, SINGLE_END - SCRATCH)
}

/** Replaces the `n` bytes at `p` by their digest; up to 144 bytes behind them are overwritten. Everything else is wiped. */
export function digest(kind: i32, p: usize, n: usize): void {
  const count = pad(kind, p, n, n)
  const size = digestSize(kind)
  begin(kind, STATE)
  feed(kind, STATE, p, count)
  end(kind, STATE, p)
  wipe(p + size, count * blockSize(kind) - size)
  wipeSingle()
}

// A hash in progress, for streams: 64 bytes of state, the bytes that do not fill a block yet, and how many came in so far
export const STREAM_SIZE: usize = SHA512_SIZE
const BUFFER: usize = 64
const TOTAL: usize = 192

/** Starts a stream at `h`. */
export function streamBegin(kind: i32, h: usize): void {
  wipe(h, STREAM_SIZE)
  begin(kind, h)
}

/** Feeds `n` bytes at `p` to the stream at `h`, and wipes them. */
export function streamFeed(kind: i32, h: usize, p: usize, n: usize): void {
  const block = blockSize(kind)
  const total = load<u64>(h, TOTAL)
  const filled = <usize>total & (block - 1)
  const taken = min(block - filled, n)
  const rest = n - taken
  const tail = rest & (block - 1)
  memory.copy(h + BUFFER + filled, p, taken)
  if (filled + taken == block) {
    feed(kind, h, h + BUFFER, 1)
    feed(kind, h, p + taken, rest / block)
    memory.copy(h + BUFFER, p + n - tail, tail)
  }
  store<u64>(h, total + <u64>n, TOTAL)
  wipe(p, n)
  wipe(SHA256_WORDS, SHA256_WORDS_SIZE)
}

/** Replaces the stream at `h` by its digest; 320 bytes from `h` are overwritten, and wiped behind the digest. */
export function streamEnd(kind: i32, h: usize): void {
  const total = load<u64>(h, TOTAL)
  const buffer = h + BUFFER
  feed(kind, h, buffer, pad(kind, buffer, <usize>total & (blockSize(kind) - 1), total))
  end(kind, h, h)
  const size = digestSize(kind)
  wipe(h + size, 320 - size)
  wipe(SHA256_WORDS, SHA256_WORDS_SIZE)
}

/** Writes the spans of `count` byte strings of one length, `stride` bytes apart: address and length, u32 each. */
export function fillSpans(spans: usize, count: usize, base: usize, stride: usize, length: usize): void {
  for (; count != 0; count--, spans += 8, base += stride) {
    store<u32>(spans, base)
    store<u32>(spans, length, 4)
  }
}

/** Digests of `count` messages, given by their spans, one after the other at `out`; `work` has two blocks for the last bytes. */
export function digestMany(kind: i32, count: usize, spans: usize, work: usize, out: usize): void {
  if (kind == SHA256) {
    sha256Many(count, spans, out, 32)
    return
  }
  const size = digestSize(kind)
  for (; count != 0; count--, spans += 8, out += size) {
    const p = load<usize>(spans)
    const n = load<usize>(spans, 4)
    const rest = n & (SHA512_BLOCK - 1)
    begin(kind, STATE)
    feed(kind, STATE, p, n / SHA512_BLOCK)
    memory.copy(work, p + n - rest, rest)
    feed(kind, STATE, work, pad(kind, work, rest, n))
    end(kind, STATE, out)
  }
  wipe(work, 2 * SHA512_BLOCK)
  wipeSingle()
}
