/** RFC 5869 section 2.3: HKDF-Expand. HKDF-Extract is HMAC with the salt as key (section 2.2). */
import { blockSize, digestSize, wipeSingle } from './hash'
import { mac } from './hmac'
import { wipe } from './memory'

/**
 * Writes `length` bytes of output key at `p`. Behind them, at the next multiple of 64: the key, at most a block; a block and a digest
 * behind its start: the info, and 160 bytes free behind that. Everything but the output is wiped.
 */
export function expand(kind: i32, p: usize, length: usize, keyLength: usize, infoLength: usize): void {
  const block = blockSize(kind)
  const size = digestSize(kind)
  const key = (p + length + 63) & ~63
  const previous = key + block
  const info = previous + size
  const counter = info + infoLength
  wipe(key + keyLength, block - keyLength)
  let message = info
  let round: u8 = 1
  for (let done: usize = 0; done < length; done += size, round++) {
    store<u8>(counter, round)
    mac(kind, key, message, counter + 1 - message, previous)
    memory.copy(p + done, previous, min(size, length - done))
    message = previous
  }
  wipe(key, counter + 160 - key)
  wipeSingle()
}
