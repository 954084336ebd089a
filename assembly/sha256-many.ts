/** FIPS 180-4: SHA-256 of many messages of any lengths, four at a time. */
import { SCRATCH, wipe } from './memory'
import { SHA256_BLOCK, SHA256_WORDS, SHA256_WORDS_SIZE, sha256Blocks, sha256Digest } from './sha256'
import {
  SHA256X4_STATES, sha256x4Blocks, sha256x4Digests, sha256x4Start, sha256x4StartLane, sha256x4State,
} from './sha256x4'

// SCRATCH + 0x480 to 0x800, between what sha256x4.ts has
const LANES = SCRATCH + 0x480 // what each lane is at, see below
const STATE = SCRATCH + 0x4c0 // the state of a message that is finished alone
const TAILS = SCRATCH + 0x500 // the last, padded block or two of each lane
const TAIL_SIZE: usize = 128
const END = SCRATCH + 0xc00

// fields of a lane, u32 each
const LANE_SIZE: usize = 16
const ADDRESS: usize = 0 // where its next block is
const LEFT: usize = 4 // how many blocks are there
const TAIL_BLOCKS: usize = 8 // how many blocks follow in its tail, none where it is in its tail already
const OUTPUT: usize = 12 // where the digest goes, zero where the lane is idle

/**
 * Writes the padded end of a message of `n` bytes, of which `rest` at `from` do not fill a block. Returns how many blocks it is.
 * Reads whole blocks and writes whole vectors: narrower stores would stall the vector loads that come soon after them.
 */
function writeTail(tail: usize, from: usize, rest: usize, n: usize): usize {
  const zero = i64x2.splat(0)
  const bits = i64x2.replace_lane(zero, 1, bswap<u64>(<u64>n << 3))
  const limit = i8x16.splat(<i8>rest)
  const marker = i8x16.splat(<i8>0x80)
  let index = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  let last = zero
  for (let i: usize = 0; i < SHA256_BLOCK; i += 16) {
    const data = v128.and(v128.load(from + i), i8x16.lt_u(index, limit))
    last = v128.or(data, v128.and(marker, i8x16.eq(index, limit)))
    v128.store(tail + i, last)
    index = i8x16.add(index, i8x16.splat(16))
  }
  if (rest < 56) {
    v128.store(tail, v128.or(last, bits), 48)
    return 1
  }
  v128.store(tail, zero, 64)
  v128.store(tail, zero, 80)
  v128.store(tail, zero, 96)
  v128.store(tail, bits, 112)
  return 2
}

/** Gives a lane the message of a span; its state is not touched. */
function take(lane: usize, span: usize, out: usize): void {
  const at = LANES + LANE_SIZE * lane
  const tail = TAILS + TAIL_SIZE * lane
  const p = load<usize>(span)
  const n = load<usize>(span, 4)
  const full = n / SHA256_BLOCK
  const tailBlocks = writeTail(tail, p + full * SHA256_BLOCK, n % SHA256_BLOCK, n)
  store<u32>(at, full != 0 ? p : tail, ADDRESS)
  store<u32>(at, full != 0 ? full : tailBlocks, LEFT)
  store<u32>(at, full != 0 ? tailBlocks : 0, TAIL_BLOCKS)
  store<u32>(at, out, OUTPUT)
}

/** After `run` blocks in all lanes: moves a lane on, maybe to its tail. True where its message is done. */
function advance(lane: usize, run: u32): bool {
  const at = LANES + LANE_SIZE * lane
  const left = load<u32>(at, LEFT) - run
  store<u32>(at, load<u32>(at, ADDRESS) + run * <u32>SHA256_BLOCK, ADDRESS)
  store<u32>(at, left, LEFT)
  if (left != 0) return false
  const tailBlocks = load<u32>(at, TAIL_BLOCKS)
  if (tailBlocks == 0) return true
  store<u32>(at, TAILS + TAIL_SIZE * lane, ADDRESS)
  store<u32>(at, tailBlocks, LEFT)
  store<u32>(at, 0, TAIL_BLOCKS)
  return false
}

@inline function field(lane: usize, offset: usize): u32 { return load<u32>(LANES + LANE_SIZE * lane + offset) }

/**
 * Digests of `count` messages at `out`, `outStride` bytes apart. Message i is at the address and of the length, u32 each, at
 * `spans + 8 * i`; 64 bytes behind the last one must be memory. Four messages run at a time whatever their lengths: a lane whose
 * message is done takes the next one. Where there is no fourth message any more the others are finished one by one.
 */
export function sha256Many(count: usize, spans: usize, out: usize, outStride: usize): void {
  const end = spans + 8 * count
  let live: usize = 0
  sha256x4Start()
  wipe(LANES, 4 * LANE_SIZE)
  for (; live < 4 && spans != end; live++, spans += 8, out += outStride) take(live, spans, out)
  while (live == 4) {
    const run = min(min(field(0, LEFT), field(1, LEFT)), min(field(2, LEFT), field(3, LEFT)))
    sha256x4Blocks(field(0, ADDRESS), field(1, ADDRESS), field(2, ADDRESS), field(3, ADDRESS), run)
    let done = 0
    for (let lane: usize = 0; lane < 4; lane++) done |= <i32>advance(lane, run) << <i32>lane
    if (done == 15 && end - spans >= 4 * 8) {
      // messages of as many blocks each: all lanes at once, which is cheaper
      sha256x4Digests(field(0, OUTPUT), field(1, OUTPUT), field(2, OUTPUT), field(3, OUTPUT))
      sha256x4Start()
      for (let lane: usize = 0; lane < 4; lane++, spans += 8, out += outStride) take(lane, spans, out)
      continue
    }
    for (let lane: usize = 0; done != 0; lane++, done >>= 1) {
      if ((done & 1) == 0) continue
      sha256x4State(lane, STATE)
      sha256Digest(STATE, field(lane, OUTPUT))
      if (spans != end) {
        sha256x4StartLane(lane)
        take(lane, spans, out)
        spans += 8
        out += outStride
      } else {
        store<u32>(LANES + LANE_SIZE * lane, 0, OUTPUT)
        live--
      }
    }
  }
  for (let lane: usize = 0; lane < 4; lane++) {
    const output = field(lane, OUTPUT)
    if (output == 0) continue
    sha256x4State(lane, STATE)
    sha256Blocks(STATE, field(lane, ADDRESS), field(lane, LEFT))
    sha256Blocks(STATE, TAILS + TAIL_SIZE * lane, field(lane, TAIL_BLOCKS))
    sha256Digest(STATE, output)
  }
  wipe(SHA256_WORDS, SHA256_WORDS_SIZE)
  wipe(SHA256X4_STATES, END - SHA256X4_STATES)
}
