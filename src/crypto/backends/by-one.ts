/** Whole primitives from a library's single calls: argument checks, typed errors, bulk calls as loops. */
import { ByteList, checkList, checkListSize, checkSameCount } from '../../base/byte-list.ts'
import { checkBytes, plainView, unshared } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import { wipe } from '../../base/secret.ts'
import type { Aead, DiffieHellman, Hash, HashStream, InParts, Kdf, SignatureScheme } from '../provider.ts'
import {
  checkExpandLength,
  checkOwnLength,
  checkOwnLengths,
  checkPrivateKey,
  checkPrivateKeys,
  checkPublicKey,
  checkPublicKeys,
  itemOf,
  type PrivateKeyTest,
  sharedCount,
} from './checks.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A library's hash in progress. */
export interface HashState {
  update(data: Uint8Array): unknown
  digest(): Bytes
  /** Overwrites what the library lets us reach. */
  destroy(): void
}

export interface SingleHash {
  readonly id: Hash['id']
  readonly length: number
  readonly blockLength: number
  digest(data: Uint8Array): Bytes
  begin(): HashState
}

function streamOf(begin: () => HashState): HashStream {
  let state: HashState | undefined = begin()
  const alive = (): HashState => {
    if (state === undefined) throw new UsageError('wiped-secret')
    return state
  }
  return {
    update(data) {
      const open = alive()
      checkBytes(data)
      open.update(data)
      return this
    },
    digest() {
      const out = alive().digest()
      this.wipe()
      return out
    },
    wipe() {
      state?.destroy()
      state = undefined
    },
  }
}

export function hashByOne(single: SingleHash): Hash {
  const { id, length, blockLength } = single
  return {
    id,
    length,
    blockLength,
    digest(data) {
      checkBytes(data)
      return single.digest(data)
    },
    stream: () => streamOf(single.begin),
    digestMany(items) {
      checkList(items)
      const out = new Uint8Array(items.count * length)
      for (let i = 0; i < items.count; i++) out.set(single.digest(items.at(i)), i * length)
      return out
    },
  }
}

export interface SingleMac {
  readonly id: Kdf['id']
  readonly length: number
  hmac(key: Uint8Array, message: Uint8Array): Bytes
  /** Where the library takes messages in parts. */
  hmacOfParts?(key: Uint8Array, parts: InParts): Bytes
}

/** HKDF (RFC 5869) over a library's HMAC. */
export function kdfByOne({ id, length: hashLength, hmac, hmacOfParts }: SingleMac): Kdf {
  const expandInto = (key: Uint8Array, info: Uint8Array, out: Uint8Array): void => {
    // T(i) = HMAC(key, T(i - 1) | info | i); T(0) is empty
    const message = new Uint8Array(hashLength + info.length + 1)
    message.set(info, hashLength)
    let from = hashLength
    for (let at = 0, i = 1; at < out.length; at += hashLength, i++) {
      message[message.length - 1] = i
      const block = hmac(key, message.subarray(from))
      out.set(block.subarray(0, Math.min(hashLength, out.length - at)), at)
      message.set(block)
      wipe(block)
      from = 0
    }
    wipe(message)
  }
  const checkedHmac: SingleMac['hmac'] = (key, message) => {
    checkBytes(key)
    checkBytes(message)
    return hmac(key, message)
  }
  return {
    id,
    length: hashLength,
    hmac: checkedHmac,
    extract: checkedHmac,
    ...(hmacOfParts && {
      extractParts(salt: Uint8Array, inputKey: InParts): Bytes {
        for (const bytes of [salt, ...inputKey]) checkBytes(bytes)
        return hmacOfParts(salt, inputKey)
      },
    }),
    extractMany(salts, inputKeys) {
      const count = sharedCount(salts, inputKeys)
      const out = new Uint8Array(count * hashLength)
      for (let i = 0; i < count; i++) {
        const key = hmac(itemOf(salts, i), itemOf(inputKeys, i))
        out.set(key, i * hashLength)
        wipe(key)
      }
      return out
    },
    expand(key, info, length) {
      checkBytes(key)
      checkBytes(info)
      checkExpandLength(length, hashLength)
      const out = new Uint8Array(length)
      expandInto(key, info, out)
      return out
    },
    expandMany(keys, infos, length) {
      checkExpandLength(length, hashLength)
      const count = sharedCount(keys, infos)
      const out = new Uint8Array(count * length)
      for (let i = 0; i < count; i++) {
        expandInto(itemOf(keys, i), itemOf(infos, i), out.subarray(i * length, (i + 1) * length))
      }
      return out
    },
  }
}

export interface SingleAead {
  readonly id: Aead['id']
  readonly keyLength: number
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Bytes
  /** Undefined where the tag is wrong. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Bytes | undefined
}

const NONCE = 12
const TAG = 16

export function aeadByOne(single: SingleAead): Aead {
  const { id, keyLength } = single
  return {
    id,
    keyLength,
    nonceLength: NONCE,
    tagLength: TAG,
    seal(key, nonce, aad, plaintext) {
      checkOwnLength(key, keyLength)
      checkOwnLength(nonce, NONCE)
      checkBytes(aad)
      checkBytes(plaintext)
      return single.seal(key, nonce, aad, plaintext)
    },
    open(key, nonce, aad, ciphertext) {
      checkOwnLength(key, keyLength)
      checkOwnLength(nonce, NONCE)
      checkBytes(aad)
      checkBytes(ciphertext)
      const plaintext = ciphertext.length < TAG ? undefined : single.open(key, nonce, aad, unshared(ciphertext))
      if (plaintext === undefined) throw new RejectedError('invalid-tag')
      return plaintext
    },
    sealMany(keys, nonces, aad, plaintexts) {
      const count = checkSameCount(keys, nonces, plaintexts)
      checkOwnLengths(keys, keyLength)
      checkOwnLengths(nonces, NONCE)
      checkBytes(aad)
      const offsets = new Uint32Array(count + 1)
      let total = 0
      for (let i = 0; i < count; i++) offsets[i + 1] = total += plaintexts.lengthOf(i) + TAG
      checkListSize(total)
      const out = new Uint8Array(total)
      for (let i = 0; i < count; i++) {
        out.set(single.seal(keys.at(i), nonces.at(i), aad, plaintexts.at(i)), offsets[i])
      }
      return ByteList.packed(out, offsets)
    },
  }
}

/** A Diffie-Hellman private key in the library's own form, for the length of one call. */
export interface AgreementKey {
  publicKey(): Bytes
  /** Undefined where the public key is refused. The length of the public key has been checked. */
  shared(publicKey: Uint8Array): Bytes | undefined
}

export interface SingleDiffieHellman {
  readonly id: DiffieHellman['id']
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  readonly sharedLength: number
  /** What a refused public key is. A low-order point where nothing is said. */
  readonly refusal?: 'low-order-point' | 'invalid-public-key'
  readonly isPrivateKey?: PrivateKeyTest
  toPrivateKey?(candidate: Uint8Array): boolean
  acceptsPublicKey?(publicKey: Uint8Array): boolean
  load(privateKey: Uint8Array): AgreementKey
}

export function diffieHellmanByOne(single: SingleDiffieHellman): DiffieHellman {
  const { id, privateKeyLength, publicKeyLength, sharedLength, refusal = 'low-order-point', isPrivateKey } = single
  return {
    id,
    privateKeyLength,
    publicKeyLength,
    sharedLength,
    ...(single.toPrivateKey && { toPrivateKey: single.toPrivateKey }),
    ...(single.acceptsPublicKey && { acceptsPublicKey: single.acceptsPublicKey }),
    publicKey(privateKey) {
      checkPrivateKey(privateKey, privateKeyLength, isPrivateKey)
      return single.load(privateKey).publicKey()
    },
    publicKeyMany(privateKeys) {
      checkPrivateKeys(privateKeys, privateKeyLength, isPrivateKey)
      const out = new Uint8Array(privateKeys.count * publicKeyLength)
      for (let i = 0; i < privateKeys.count; i++)
        out.set(single.load(privateKeys.at(i)).publicKey(), i * publicKeyLength)
      return out
    },
    shared(privateKey, publicKey) {
      checkPrivateKey(privateKey, privateKeyLength, isPrivateKey)
      checkPublicKey(publicKey, publicKeyLength)
      const result = single.load(privateKey).shared(publicKey)
      if (result === undefined) throw new RejectedError(refusal)
      return result
    },
    sharedMany(privateKeys, publicKeys) {
      const count = sharedCount(privateKeys, publicKeys)
      checkPrivateKeys(privateKeys, privateKeyLength, isPrivateKey)
      checkPublicKeys(publicKeys, publicKeyLength)
      const common = privateKeys.count === 1 ? single.load(privateKeys.at(0)) : undefined
      const out = new Uint8Array(count * sharedLength)
      for (let i = 0; i < count; i++) {
        const key = common ?? single.load(privateKeys.at(i))
        const one = key.shared(itemOf(publicKeys, i))
        if (one === undefined) {
          wipe(out)
          throw new RejectedError(refusal, { index: i })
        }
        out.set(one, i * sharedLength)
        wipe(one)
      }
      return out
    },
  }
}

/** A private key in the library's own form. */
export interface SigningKey {
  readonly publicKey: Bytes
  sign(message: Uint8Array): Bytes
  destroy(): void
}

export interface SingleSignature {
  readonly id: SignatureScheme['id']
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  readonly isPrivateKey?: PrivateKeyTest
  toPrivateKey?(candidate: Uint8Array): boolean
  publicKey(privateKey: Uint8Array): Bytes
  /** Keeps no reference to the private key, of which `slice` is a copy. */
  load(privateKey: Uint8Array): SigningKey
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

export function signatureByOne(single: SingleSignature): SignatureScheme {
  const { id, privateKeyLength, publicKeyLength, isPrivateKey } = single
  return {
    id,
    privateKeyLength,
    publicKeyLength,
    ...(single.toPrivateKey && { toPrivateKey: single.toPrivateKey }),
    publicKey(privateKey) {
      checkPrivateKey(privateKey, privateKeyLength, isPrivateKey)
      return single.publicKey(privateKey)
    },
    signer(privateKey) {
      checkPrivateKey(privateKey, privateKeyLength, isPrivateKey)
      let key: SigningKey | undefined = single.load(plainView(privateKey))
      return {
        publicKey: key.publicKey.slice(),
        sign(message) {
          if (key === undefined) throw new UsageError('wiped-secret')
          checkBytes(message)
          // nonce and challenge are hashes of one message, or the key is lost
          return key.sign(unshared(message))
        },
        wipe() {
          key?.destroy()
          key = undefined
        },
      }
    },
    verify(publicKey, message, signature) {
      for (const bytes of [publicKey, message, signature]) checkBytes(bytes)
      return single.verify(publicKey, message, signature)
    },
    verifyMany({ publicKeys, messages, signatures }) {
      const count = checkSameCount(publicKeys, messages, signatures)
      const bad: number[] = []
      for (let i = 0; i < count; i++) {
        if (!single.verify(publicKeys.at(i), messages.at(i), signatures.at(i))) bad.push(i)
      }
      return bad
    },
  }
}
