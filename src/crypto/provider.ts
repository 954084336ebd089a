/**
 * The primitives that every protocol here is built on: one synchronous interface, many backends, bulk calls throughout.
 *
 * What holds for every primitive of every backend, and is checked by test/crypto/contract.ts:
 * - Inputs are never changed and never kept; results are fresh arrays of their own.
 * - Byte strings may be any `Uint8Array`, such as a `Buffer`, and on any memory. What is none, or no `ByteList`, is the caller's mistake:
 *   `UsageError('wrong-argument')`, never read as zeros or as an empty list.
 * - A private or symmetric key or a nonce of the wrong length is the caller's mistake: `UsageError('wrong-length')`. A public key
 *   of the wrong length came from outside: `RejectedError('invalid-public-key')`. In bulk calls errors carry `index`.
 * - Lists that belong together have one length, else `UsageError('wrong-argument')`. Where it is said that one item serves for
 *   all, a list of one item fits any length of the others, zero included.
 * - A bulk call on an empty list returns an empty result.
 */
import type { ByteList } from '../base/byte-list.ts'
import type { RandomSource } from '../base/random.ts'

/** A byte string as the parts that it consists of, one after the other. */
export type InParts = readonly Uint8Array[]

/** A hash being fed piece by piece. `digest` and `wipe` end its life: `update` and `digest` then throw `wiped-secret`. */
export interface HashStream {
  /** Feeds more. */
  update(data: Uint8Array): this
  /** The digest of all that was fed; ends the life of the stream. */
  digest(): Uint8Array<ArrayBuffer>
  /** Forgets what was fed; ends the life of the stream. */
  wipe(): void
}

/** A hash function. */
export interface Hash {
  readonly id: 'sha256' | 'sha384' | 'sha512'
  readonly length: number
  readonly blockLength: number
  /** The digest of one message. */
  digest(data: Uint8Array): Uint8Array<ArrayBuffer>
  /** A hash to be fed piece by piece. */
  stream(): HashStream
  /** Digests of all items, one after the other. */
  digestMany(items: ByteList): Uint8Array<ArrayBuffer>
}

/** HMAC (RFC 2104) and HKDF (RFC 5869) over one hash. */
export interface Kdf {
  readonly id: 'hkdf-sha256' | 'hkdf-sha384' | 'hkdf-sha512'
  /** Nh: the length of a MAC and of an extracted key. */
  readonly length: number
  /** RFC 2104. */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer>
  /** RFC 5869 section 2.2. */
  extract(salt: Uint8Array, inputKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** As `extract`, where an input in parts need not be copied into one. */
  extractParts?(salt: Uint8Array, inputKey: InParts): Uint8Array<ArrayBuffer>
  /** Item `i` is `extract(salts[i], inputKeys[i])`; one salt or one input key serves for all where the list has one item. */
  extractMany(salts: ByteList, inputKeys: ByteList): Uint8Array<ArrayBuffer>
  /** `UsageError('input-too-long')` above 255 times the hash length. */
  expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array<ArrayBuffer>
  /** Item `i` is `expand(keys[i], infos[i], length)`; one key or one info serves for all where the list has one item. */
  expandMany(keys: ByteList, infos: ByteList, length: number): Uint8Array<ArrayBuffer>
}

/** Authenticated encryption with associated data; the tag follows the ciphertext. */
export interface Aead {
  readonly id: 'aes128gcm' | 'aes256gcm' | 'chacha20poly1305'
  readonly keyLength: number
  readonly nonceLength: number
  readonly tagLength: number
  /** The ciphertext and its tag. */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer>
  /** Throws `invalid-tag`, also where there is no room for a tag; no plaintext leaves before the tag has been compared, in constant time. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array<ArrayBuffer>
  /** Item `i` is sealed under `keys[i]` and `nonces[i]` with the same associated data. No list serves with one item for all. */
  sealMany(keys: ByteList, nonces: ByteList, aad: Uint8Array, plaintexts: ByteList): ByteList
}

/** What agreements of whole groups need besides multiplications: X25519 only, and not of every backend. */
export interface KeyComposition {
  /**
   * One private key that does to every point of the curve what the two given do one after the other; to points of its twist it does
   * something else. `UsageError('wrong-length')`.
   */
  product(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer>
  /** The index of the first public key that is no point of the curve, but of its twist or zero; their number where all are. */
  firstOffCurve(publicKeys: ByteList): number
}

/** Diffie-Hellman over one curve. */
export interface DiffieHellman {
  readonly id: 'x25519' | 'x448' | 'p256' | 'p384' | 'p521'
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  readonly sharedLength: number
  /**
   * Only where not all bytes are private keys: makes one of random bytes, in place. False where these give none: try others.
   * Operations throw `UsageError('invalid-private-key')` for bytes that are none.
   */
  toPrivateKey?(candidate: Uint8Array): boolean
  /** Only where `shared` refuses more than zero results: whether it accepts this public key. Costs no multiplication. */
  acceptsPublicKey?(publicKey: Uint8Array): boolean
  /** The public key of a private key. */
  publicKey(privateKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** Public keys of all items, one after the other. */
  publicKeyMany(privateKeys: ByteList): Uint8Array<ArrayBuffer>
  /** Throws `low-order-point` (a zero result) or `invalid-public-key`. */
  shared(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** Item `i` is `shared(privateKeys[i], publicKeys[i])`; one item serves for all where a list has one. Errors name the first bad index as `index`. */
  sharedMany(privateKeys: ByteList, publicKeys: ByteList): Uint8Array<ArrayBuffer>
  readonly composition?: KeyComposition
}

/** A shared secret and what tells it to the recipient; or many of both, one after the other. */
export interface Encapsulated {
  readonly kemOutput: Uint8Array<ArrayBuffer>
  readonly sharedSecret: Uint8Array<ArrayBuffer>
}

/** A key encapsulation that is not made of Diffie-Hellman alone. */
export interface KeyEncapsulation {
  readonly id: 'xwing'
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  readonly outputLength: number
  readonly secretLength: number
  /** Random bytes that one encapsulation takes. The same bytes give the same result. */
  readonly coinsLength: number
  /** The public key of a private key. */
  publicKey(privateKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** Public keys of all items, one after the other. */
  publicKeyMany(privateKeys: ByteList): Uint8Array<ArrayBuffer>
  /** A private key from input of any length. */
  derivePrivateKey(inputKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** False for what `encapsulate` would refuse as `invalid-public-key`. */
  acceptsPublicKey(publicKey: Uint8Array): boolean
  /** Throws `low-order-point` or `invalid-public-key`. */
  encapsulate(publicKey: Uint8Array, coins: Uint8Array): Encapsulated
  /** Item `i` is for `publicKeys[i]` with `coins[i]`. Errors name the first bad index as `index`. */
  encapsulateMany(publicKeys: ByteList, coins: ByteList): Encapsulated
  /** Throws `low-order-point` or `invalid-public-key`. The public key is trusted to belong to the private one. */
  decapsulate(
    keyPair: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array },
    kemOutput: Uint8Array,
  ): Uint8Array<ArrayBuffer>
}

/** A signature key ready for use: the public key belongs to it for certain. Wiped by its owner; `sign` then throws `wiped-secret`. */
export interface Signer {
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** A signature of a message. */
  sign(message: Uint8Array): Uint8Array<ArrayBuffer>
  /** Forgets the key. */
  wipe(): void
}

/** What `verifyMany` takes: three lists of one length. */
export interface SignedMessages {
  readonly publicKeys: ByteList
  readonly messages: ByteList
  readonly signatures: ByteList
}

/** A signature scheme. */
export interface SignatureScheme {
  readonly id: 'ed25519' | 'ed448' | 'p256-sha256' | 'p384-sha384' | 'p521-sha512'
  readonly privateKeyLength: number
  readonly publicKeyLength: number
  /** As for `DiffieHellman`. */
  toPrivateKey?(candidate: Uint8Array): boolean
  /** The public key of a private key. */
  publicKey(privateKey: Uint8Array): Uint8Array<ArrayBuffer>
  /** A signature key ready for use; it has a copy of the private key. */
  signer(privateKey: Uint8Array): Signer
  /** False for anything that is not a valid signature, malformed keys and lengths included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** As `verify`, where a message in parts need not be copied into one. */
  verifyParts?(publicKey: Uint8Array, message: InParts, signature: Uint8Array): boolean
  /** The indices of all invalid signatures, rising; empty where all are valid. The same acceptance set as `verify`. */
  verifyMany(batch: SignedMessages): number[]
}

/** Every primitive by its id. A backend offers some of them. */
export interface Primitives {
  readonly sha256: Hash
  readonly sha384: Hash
  readonly sha512: Hash
  readonly 'hkdf-sha256': Kdf
  readonly 'hkdf-sha384': Kdf
  readonly 'hkdf-sha512': Kdf
  readonly aes128gcm: Aead
  readonly aes256gcm: Aead
  readonly chacha20poly1305: Aead
  readonly x25519: DiffieHellman
  readonly x448: DiffieHellman
  readonly p256: DiffieHellman
  readonly p384: DiffieHellman
  readonly p521: DiffieHellman
  readonly xwing: KeyEncapsulation
  readonly ed25519: SignatureScheme
  readonly ed448: SignatureScheme
  readonly 'p256-sha256': SignatureScheme
  readonly 'p384-sha384': SignatureScheme
  readonly 'p521-sha512': SignatureScheme
}

/** The id of a primitive. */
export type PrimitiveId = keyof Primitives
/** The name of a backend. */
export type BackendName = 'wasm' | 'node' | 'sodium' | 'noble'

/** One implementation of some primitives. */
export interface Backend {
  readonly name: BackendName
  /** What runs underneath, for people: "Wasm, two-lane FMA", "OpenSSL 3.0.16". */
  readonly detail: string
  readonly primitives: Partial<Primitives>
}

/** The choice made for one primitive. */
export interface Choice {
  readonly primitive: PrimitiveId
  readonly backend: BackendName
  readonly detail: string
  /** Another backend that serves inputs from so many bytes on, where it is faster on those. */
  readonly long?: { readonly from: number; readonly backend: BackendName; readonly detail: string }
}

/** Random source and the primitives in use. Cipher suites are made from it. */
export interface CryptoProvider {
  readonly random: RandomSource
  /** The primitive in use; throws `no-backend` where none was found. */
  primitive<Id extends PrimitiveId>(id: Id): Primitives[Id]
  /** Which backend serves which primitive. */
  choices(): readonly Choice[]
}
