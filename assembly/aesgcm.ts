/** NIST SP 800-38D section 7, the parts of AES-GCM for 96-bit nonces: key stream and tag. The sequence of calls is in aead.ts. */
import { AES_BATCH, aesEncrypt, aesExpandKey, aesRounds } from './aes'
import { ghashResult, ghashStart } from './ghash'
import { SCRATCH } from './memory'

// SCRATCH + 0x28d0 .. 0x2900. Shared with nobody.
const COUNTER_BLOCK: usize = SCRATCH + 0x28d0 // the nonce, then the next counter (little-endian here)
const TAG_MASK: usize = SCRATCH + 0x28e0 // the encrypted first counter block
const ROUNDS: usize = SCRATCH + 0x28f0

/** Sets key and nonce and fills the key stream. Returns how many of its bytes are not for text: the hash key and the tag's mask. */
export function aesGcmStart(key: usize, keyLength: i32, nonce: usize, stream: usize): usize {
  aesExpandKey(key, keyLength, stream)
  store<i32>(ROUNDS, aesRounds(keyLength))
  store<u64>(COUNTER_BLOCK, load<u64>(nonce))
  store<u32>(COUNTER_BLOCK, load<u32>(nonce, 8), 8)
  store<u32>(COUNTER_BLOCK, 0, 12)
  // counter 0 is never used: its block is all zero instead, which encrypts to the hash key
  counterBlocks(stream)
  v128.store(stream, i64x2.splat(0))
  aesEncrypt(stream, load<i32>(ROUNDS))
  ghashStart(stream)
  v128.store(TAG_MASK, v128.load(stream, 16))
  return 32
}

/** The next eight blocks of the key stream. */
export function aesGcmStream(out: usize): void {
  counterBlocks(out)
  aesEncrypt(out, load<i32>(ROUNDS))
}

/** Writes the tag. */
export function aesGcmTag(out: usize): void {
  ghashResult(out)
  v128.store(out, v128.xor(v128.load(out), v128.load(TAG_MASK)))
}

function counterBlocks(out: usize): void {
  const nonce = v128.load(COUNTER_BLOCK)
  let counter = load<u32>(COUNTER_BLOCK, 12)
  for (const end = out + AES_BATCH; out < end; out += 16) {
    const block = i32x4.replace_lane(nonce, 3, counter++)
    v128.store(out, v128.shuffle<i8>(block, block, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12))
  }
  store<u32>(COUNTER_BLOCK, counter, 12)
}
