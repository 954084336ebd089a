/** One primitive from two backends: one that answers short inputs sooner, one that is faster on long ones. */
import { type ByteList, checkList } from '../../base/byte-list.ts'
import { checkBytes } from '../../base/bytes.ts'
import type { Aead, Hash, Kdf } from '../provider.ts'

/** Two implementations of one primitive, and the input length in bytes from which the second is taken. */
export interface ByLength<T> {
  readonly short: T
  readonly long: T
  readonly from: number
}

function lengthOf(bytes: Uint8Array): number {
  checkBytes(bytes)
  return bytes.length
}

// node:crypto, which is the long one of all that there are, takes less than 2 GiB in one call
const LONGEST = 2 ** 31 - 1

// node:crypto holds a plaintext up to three times; a whole tree is opened in pieces, which takes 0.1 s more of 28 MB, and 57 MB less
const LONGEST_OPENED = 1 << 20

const isLong = (length: number, from: number): boolean => length >= from && length <= LONGEST

/** In bulk calls the average decides: the items of a call stay together. */
function averageLength(list: ByteList): number {
  checkList(list)
  return list.count === 0 ? 0 : (list.end(list.count - 1) - list.start(0)) / list.count
}

/** Streams are the short one's, as nobody knows yet how long they become. Bulk calls change over at an average of their own. */
export function hashByLength({ short, long, from, fromInBulk }: ByLength<Hash> & { fromInBulk: number }): Hash {
  return {
    id: short.id,
    length: short.length,
    blockLength: short.blockLength,
    stream: () => short.stream(),
    digest: data => (isLong(lengthOf(data), from) ? long : short).digest(data),
    digestMany: items => (isLong(averageLength(items), fromInBulk) ? long : short).digestMany(items),
  }
}

/** By the length of the message; derived keys are short. */
export function kdfByLength({ short, long, from }: ByLength<Kdf>): Kdf {
  const extractParts = long.extractParts?.bind(long)
  return {
    ...(extractParts && { extractParts }),
    id: short.id,
    length: short.length,
    expand: (key, info, length) => short.expand(key, info, length),
    expandMany: (keys, infos, length) => short.expandMany(keys, infos, length),
    extractMany: (salts, inputKeys) => short.extractMany(salts, inputKeys),
    hmac: (key, message) => (isLong(lengthOf(message), from) ? long : short).hmac(key, message),
    extract: (salt, inputKey) => (isLong(lengthOf(inputKey), from) ? long : short).extract(salt, inputKey),
  }
}

/** By the length of the text; long associated data counts as well. */
export function aeadByLength({ short, long, from }: ByLength<Aead>): Aead {
  const { id, keyLength, nonceLength, tagLength } = short
  return {
    id,
    keyLength,
    nonceLength,
    tagLength,
    seal: (key, nonce, aad, plaintext) =>
      (isLong(lengthOf(aad) + lengthOf(plaintext), from) ? long : short).seal(key, nonce, aad, plaintext),
    open(key, nonce, aad, ciphertext) {
      const length = lengthOf(aad) + lengthOf(ciphertext)
      return (isLong(length, from) && length <= LONGEST_OPENED ? long : short).open(key, nonce, aad, ciphertext)
    },
    sealMany: (keys, nonces, aad, plaintexts) =>
      (isLong(averageLength(plaintexts) + lengthOf(aad), from) ? long : short).sealMany(keys, nonces, aad, plaintexts),
  }
}
