/** ART section 1: the mapping from shared secrets to node secrets. */
import { ByteList } from '../base/byte-list.ts'
import { EMPTY } from '../base/bytes.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { Hash, Kdf } from '../crypto/provider.ts'
import { type Bytes, KEY, kdfLabel } from './labels.ts'

/** `hkdf` is this protocol; `draft` is what early MLS drafts had; `java_poc` is that of the paper's proof of concept. */
export type IotaName = 'hkdf' | 'draft' | 'java_poc'

/** A shared secret is a coordinate and not uniform; what comes out is a private key that looks random. */
export interface Iota {
  /** The private key made of one shared secret. */
  one(shared: Uint8Array): Bytes
  /** All items of 32 bytes, one after the other. */
  many(shared: Uint8Array): Bytes
}

function hkdfIota(kdf: Kdf): Iota {
  const info = kdfLabel('node', EMPTY, KEY)
  const infos = ByteList.of([info])
  const salts = ByteList.of([EMPTY])
  return {
    one(shared) {
      const key = kdf.extract(EMPTY, shared)
      return wipingAfter([key], () => kdf.expand(key, info, KEY))
    },
    many(shared) {
      const keys = kdf.extractMany(salts, ByteList.fixed(shared, KEY))
      return wipingAfter([keys], () => kdf.expandMany(ByteList.fixed(keys, KEY), infos, KEY))
    },
  }
}

/** HKDF with key and salt exchanged and the block counter starting at zero. */
function swappedHkdfIota(kdf: Kdf): Iota {
  const one = (shared: Uint8Array): Bytes => {
    const key = kdf.hmac(shared, EMPTY)
    return wipingAfter([key], () => kdf.hmac(key, Uint8Array.of(0)))
  }
  return {
    one,
    many(shared) {
      const out = new Uint8Array(shared.length)
      for (let at = 0; at < shared.length; at += KEY) {
        const secret = one(shared.subarray(at, at + KEY))
        out.set(secret, at)
        wipe(secret)
      }
      return out
    },
  }
}

/** The mapping with this name. */
export function createIota(name: IotaName, kdf: Kdf, hash: Hash): Iota {
  if (name === 'hkdf') return hkdfIota(kdf)
  if (name === 'java_poc') return swappedHkdfIota(kdf)
  return { one: shared => hash.digest(shared), many: shared => hash.digestMany(ByteList.fixed(shared, KEY)) }
}
