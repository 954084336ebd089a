/** RFC 5116, the AEADs of the module behind one interface: whole messages in one call, piece by piece, and many at once. */
import { AES_BATCH } from './aes'
import { aesGcmStart, aesGcmStream, aesGcmTag } from './aesgcm'
import { CHACHA20_BATCH, chacha20Blocks } from './chacha20'
import { chacha20Poly1305Start } from './chacha20poly1305'
import { ghashBlocks } from './ghash'
import { SCRATCH } from './memory'
import { poly1305Blocks, poly1305Tag } from './poly1305'

// SCRATCH + 0x2000 .. 0x2c00 belongs to the AEADs. The parts of it that this file uses itself:
const AEAD: usize = SCRATCH + 0x2000
const AEAD_SIZE: usize = 0xc00
const STREAM: usize = SCRATCH + 0x2900 // key stream, 128 or 256 bytes
const POSITION: usize = SCRATCH + 0x2aa0 // how much of the key stream is used up
const KEY_LENGTH: usize = SCRATCH + 0x2aa4 // of AES; 0 for ChaCha20
const LENGTHS: usize = SCRATCH + 0x2aa8 // of associated data and of text, 8 bytes each
const BLOCK: usize = SCRATCH + 0x2ac0 // one padded block

const CHACHA20_KEY: usize = 32
const NONCE: usize = 12
const TAG: usize = 16
const KEY_ROOM: usize = 32
const HEADER: usize = KEY_ROOM + 16

/** Which AEAD: 0 is ChaCha20-Poly1305, 16 is AES-128-GCM, 32 is AES-256-GCM. */
export type Cipher = i32

/** Starts one message; nonces have 12 bytes. Up to `aeadWipe` the scratch region holds the message's state. */
export function aeadStart(cipher: Cipher, key: usize, nonce: usize): void {
  store<i32>(KEY_LENGTH, cipher)
  v128.store(LENGTHS, i64x2.splat(0))
  const used = cipher == 0 ? chacha20Poly1305Start(key, nonce, STREAM) : aesGcmStart(key, cipher, nonce, STREAM)
  store<u32>(POSITION, <u32>used)
}

/** Authenticates associated data. Every piece but the last is a multiple of 16 bytes long. */
export function aeadAssociate(at: usize, length: usize): void {
  store<u64>(LENGTHS, load<u64>(LENGTHS) + length)
  absorb(at, length)
}

/** Authenticates ciphertext, without decrypting it. Every piece but the last is a multiple of 16 bytes long. */
export function aeadAuthenticate(at: usize, length: usize): void {
  store<u64>(LENGTHS, load<u64>(LENGTHS, 8) + length, 8)
  absorb(at, length)
}

/** Applies the key stream in place: decrypts what has been authenticated, or encrypts what will be. */
export function aeadApplyStream(at: usize, length: usize): void {
  const cipher = load<i32>(KEY_LENGTH)
  const batch = cipher == 0 ? CHACHA20_BATCH : AES_BATCH
  let position = <usize>load<u32>(POSITION)
  while (length > 0) {
    if (position == batch) {
      if (cipher == 0) chacha20Blocks(STREAM)
      else aesGcmStream(STREAM)
      position = 0
    }
    const piece = min(length, batch - position)
    xor(at, STREAM + position, piece)
    position += piece
    at += piece
    length -= piece
  }
  store<u32>(POSITION, <u32>position)
}

/** Writes the 16-byte tag of everything authenticated. */
export function aeadTag(out: usize): void {
  if (load<i32>(KEY_LENGTH) == 0) {
    absorb(LENGTHS, 16)
    poly1305Tag(out)
  } else {
    // in bits, big-endian
    const bits = i64x2.shl(v128.load(LENGTHS), 3)
    v128.store(BLOCK, v128.shuffle<i8>(bits, bits, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8))
    ghashBlocks(BLOCK, 1)
    aesGcmTag(out)
  }
}

/** Compares the tag of everything authenticated with the 16 bytes at `tag`, all of them at once: 1 where they are equal, else 0. */
export function aeadVerify(tag: usize): i32 {
  aeadTag(BLOCK)
  return v128.any_true(v128.xor(v128.load(BLOCK), v128.load(tag))) ? 0 : 1
}

/** Wipes the state of a message. */
export function aeadWipe(): void {
  memory.fill(AEAD, 0, AEAD_SIZE)
}

/** Encrypts and authenticates a text in place. Every piece but the last is a multiple of 16 bytes long. */
export function aeadEncrypt(at: usize, length: usize): void {
  aeadApplyStream(at, length)
  aeadAuthenticate(at, length)
}

/** Seals one message in place. At `at`: key (room for 32 bytes), nonce (room for 16), associated data, text, room for the tag. */
export function aeadSeal(cipher: Cipher, at: usize, aadLength: usize, length: usize): void {
  const text = at + HEADER + aadLength
  aeadStart(cipher, at, at + KEY_ROOM)
  aeadAssociate(at + HEADER, aadLength)
  aeadEncrypt(text, length)
  aeadTag(text + length)
  aeadWipe()
}

/** Opens one message in place, laid out as for `aeadSeal`, and returns 1; where the tag is wrong it returns 0 and has computed no plaintext. */
export function aeadOpen(cipher: Cipher, at: usize, aadLength: usize, length: usize): i32 {
  const text = at + HEADER + aadLength
  aeadStart(cipher, at, at + KEY_ROOM)
  aeadAssociate(at + HEADER, aadLength)
  aeadAuthenticate(text, length)
  const right = aeadVerify(text + length)
  if (right) aeadApplyStream(text, length)
  aeadWipe()
  return right
}

/**
 * Seals `count` messages under keys and nonces of their own. Addresses at `request`, 4 bytes each: keys, nonces, associated data of all, its length,
 * lengths of the texts (4 bytes each), texts, and where the ciphertexts go, each followed by its tag.
 */
export function aeadSealMany(cipher: Cipher, count: usize, request: usize): void {
  const keyLength = cipher == 0 ? CHACHA20_KEY : <usize>cipher
  let key = <usize>load<u32>(request)
  let nonce = <usize>load<u32>(request, 4)
  const aad = <usize>load<u32>(request, 8)
  const aadLength = <usize>load<u32>(request, 12)
  let lengths = <usize>load<u32>(request, 16)
  let text = <usize>load<u32>(request, 20)
  let out = <usize>load<u32>(request, 24)
  for (; count > 0; count--) {
    const length = <usize>load<u32>(lengths)
    memory.copy(out, text, length)
    aeadStart(cipher, key, nonce)
    aeadAssociate(aad, aadLength)
    aeadEncrypt(out, length)
    aeadTag(out + length)
    key += keyLength
    nonce += NONCE
    lengths += 4
    text += length
    out += length + TAG
  }
  aeadWipe()
}

/** Authenticates whole blocks, and a last one padded with zeros. */
function absorb(at: usize, length: usize): void {
  const whole = length & ~15
  absorbBlocks(at, whole >> 4)
  if (whole == length) return
  v128.store(BLOCK, i64x2.splat(0))
  memory.copy(BLOCK, at + whole, length - whole)
  absorbBlocks(BLOCK, 1)
}

@inline
function absorbBlocks(at: usize, count: usize): void {
  if (load<i32>(KEY_LENGTH) == 0) poly1305Blocks(at, count)
  else ghashBlocks(at, count)
}

function xor(at: usize, stream: usize, length: usize): void {
  const end = at + length
  for (const whole = at + (length & ~15); at < whole; at += 16, stream += 16) {
    v128.store(at, v128.xor(v128.load(at), v128.load(stream)))
  }
  for (; at < end; at++, stream++) store<u8>(at, load<u8>(at) ^ load<u8>(stream))
}
