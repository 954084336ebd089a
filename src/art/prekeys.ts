/** ART sections 3 and 4: keys that a member publishes so that others can invite it while it is offline. Each serves once. */
import { ByteList } from '../base/byte-list.ts'
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { SecretBytes } from '../base/secret.ts'
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { opaqueOf, uint32, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import type { Signer } from '../crypto/provider.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type Bytes, KEY, labeledContent } from './labels.ts'
import type { ArtSuite } from './suite.ts'
import { PreKeyTBS, type SignedPreKey } from './wire.ts'

const LABEL = 'PreKey'

const SavedPreKey = struct('SavedPreKey', { prekeyId: uint32, privateKey: opaqueOf(KEY) })
const SavedPreKeys = struct('SavedPreKeys', { nextId: uint32, keys: vector(SavedPreKey) })

interface PreKey {
  readonly privateKey: SecretBytes
  readonly publicKey: Bytes
}

const signedContent = (prekeyId: number, key: Uint8Array): Bytes =>
  labeledContent(LABEL, encode(PreKeyTBS, { prekeyId, key }))

/** The private parts of the prekeys that this member has published and nobody has used. */
export class PreKeys {
  readonly #suite: ArtSuite
  readonly #keys = new Map<number, PreKey>()
  #nextId = 0

  constructor(suite: ArtSuite) {
    this.#suite = suite
  }

  /** How many prekeys wait to be used. */
  get count(): number {
    return this.#keys.size
  }

  /** Makes prekeys to be given to the delivery service, signed by their owner. */
  publish(signer: Signer, count: number): SignedPreKey[] {
    if (this.#nextId + count > 0xffffffff) throw new UsageError('wrong-argument', { count })
    const privateKeys = randomBytes(this.#suite.random, KEY * count)
    const publicKeys = this.#suite.dh.publicKeyMany(ByteList.fixed(privateKeys, KEY))
    const published = Array.from({ length: count }, (_, i): SignedPreKey => {
      const prekeyId = this.#nextId++
      const key = publicKeys.slice(KEY * i, KEY * (i + 1))
      this.#keys.set(prekeyId, {
        privateKey: new SecretBytes(privateKeys.slice(KEY * i, KEY * (i + 1))),
        publicKey: key,
      })
      return { prekeyId, key, signature: signer.sign(signedContent(prekeyId, key)) }
    })
    privateKeys.fill(0)
    return published
  }

  /** The private part of an unused prekey, which must be the one named; it stays here until `consume`. */
  find(prekeyId: number, publicKey: Uint8Array): Uint8Array {
    const found = this.#keys.get(prekeyId)
    if (found === undefined || !equalPublic(found.publicKey, publicKey)) {
      throw new RejectedError('unknown-prekey', { prekeyId })
    }
    return found.privateKey.bytes
  }

  /** Erases a prekey that has served. */
  consume(prekeyId: number): void {
    this.#keys.get(prekeyId)?.privateKey.wipe()
    this.#keys.delete(prekeyId)
  }

  /** Everything, private keys included. */
  save(): Bytes {
    const keys = [...this.#keys].map(([prekeyId, { privateKey }]) => ({ prekeyId, privateKey: privateKey.bytes }))
    return encode(SavedPreKeys, { nextId: this.#nextId, keys })
  }

  /** What `save` returned comes back to life. */
  static load(suite: ArtSuite, bytes: Uint8Array): PreKeys {
    const { nextId, keys } = decode(SavedPreKeys, bytes) as ValueOf<typeof SavedPreKeys>
    const loaded = new PreKeys(suite)
    loaded.#nextId = nextId
    for (const { prekeyId, privateKey } of keys) {
      loaded.#keys.set(prekeyId, {
        privateKey: new SecretBytes(copyOf(privateKey)),
        publicKey: suite.dh.publicKey(privateKey),
      })
    }
    return loaded
  }

  /** Erases all of them. */
  wipe(): void {
    for (const id of [...this.#keys.keys()]) this.consume(id)
  }
}

/** Refuses prekeys that their owners did not sign; `sigKeys` has the owners' keys in the same order. */
export function checkPreKeys(suite: ArtSuite, sigKeys: ByteList, prekeys: readonly SignedPreKey[]): void {
  const bad = suite.signature.verifyMany({
    publicKeys: sigKeys,
    messages: ByteList.of(prekeys.map(({ prekeyId, key }) => signedContent(prekeyId, key))),
    signatures: ByteList.of(prekeys.map(({ signature }) => signature)),
  })
  if (bad.length > 0) throw new RejectedError('invalid-signature', { prekey: bad[0]! })
  prekeys.forEach(({ key }, index) => {
    checkX25519Key(key, { prekey: index })
  })
}
