/** RFC 8439 section 2.8, the parts of AEAD_CHACHA20_POLY1305: key stream and one-time key. The sequence of calls is in aead.ts. */
import { chacha20Blocks, chacha20Start } from './chacha20'
import { poly1305Start } from './poly1305'

/** Sets key and nonce and fills the key stream. Returns how many of its bytes are not for text: block 0 holds the one-time key. */
export function chacha20Poly1305Start(key: usize, nonce: usize, stream: usize): usize {
  chacha20Start(key, nonce)
  chacha20Blocks(stream)
  poly1305Start(stream)
  return 64
}
