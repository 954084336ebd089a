/** One primitive from two backends: one that answers short inputs sooner, one that is faster on long ones. */
import type { ByteList } from '../../base/byte-list.ts'
import { checkBytes } from '../../base/bytes.ts'
import type { Aead, Hash, Kdf } from '../provider.ts'
import { checkList } from './checks.ts'

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
    digest: data => (lengthOf(data) < from ? short : long).digest(data),
    digestMany: items => (averageLength(items) < fromInBulk ? short : long).digestMany(items),
  }
}

/** By the length of the message; derived keys are short. */
export function kdfByLength({ short, long, from }: ByLength<Kdf>): Kdf {
  return {
    id: short.id,
    length: short.length,
    expand: (key, info, length) => short.expand(key, info, length),
    expandMany: (keys, infos, length) => short.expandMany(keys, infos, length),
    extractMany: (salts, inputKeys) => short.extractMany(salts, inputKeys),
    hmac: (key, message) => (lengthOf(message) < from ? short : long).hmac(key, message),
    extract: (salt, inputKey) => (lengthOf(inputKey) < from ? short : long).extract(salt, inputKey),
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
      (lengthOf(aad) + lengthOf(plaintext) < from ? short : long).seal(key, nonce, aad, plaintext),
    open: (key, nonce, aad, ciphertext) =>
      (lengthOf(aad) + lengthOf(ciphertext) < from ? short : long).open(key, nonce, aad, ciphertext),
    sealMany: (keys, nonces, aad, plaintexts) =>
      (averageLength(plaintexts) + lengthOf(aad) < from ? short : long).sealMany(keys, nonces, aad, plaintexts),
  }
}
