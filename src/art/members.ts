/** ART section 3: who has which leaf. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { BugError, RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { SecretBytes } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { Reader } from '../codec/reader.ts'
import { Writer } from '../codec/writer.ts'
import type { Signer } from '../crypto/provider.ts'
import { type Bytes, KEY } from './labels.ts'
import type { ArtSuite } from './suite.ts'
import { Identity } from './wire.ts'

/** What stands in the list for a member that was removed. No member has an empty name. */
export const TOMBSTONE: Identity = { id: new Uint8Array(0), sigKey: new Uint8Array(KEY), kxKey: new Uint8Array(KEY) }

/** A member with its private keys. It belongs to the application, which stores the private keys and wipes this. */
export class Member {
  readonly identity: Identity
  readonly signer: Signer
  readonly kxPrivate: SecretBytes

  /** From a name and 32 bytes for each private key. */
  constructor(suite: ArtSuite, id: Uint8Array, privateKeys: { signature: Uint8Array; exchange: Uint8Array }) {
    if (id.length === 0) throw new UsageError('wrong-argument', { expected: 'a name that is not empty' })
    this.signer = suite.signature.signer(privateKeys.signature)
    this.kxPrivate = new SecretBytes(copyOf(privateKeys.exchange))
    const kxKey = suite.dh.publicKey(privateKeys.exchange)
    this.identity = { id: copyOf(id), sigKey: this.signer.publicKey, kxKey }
  }

  /** With fresh keys. */
  static generate(suite: ArtSuite, id: Uint8Array): Member {
    const signature = randomBytes(suite.random, KEY)
    const exchange = randomBytes(suite.random, KEY)
    try {
      return new Member(suite, id, { signature, exchange })
    } finally {
      signature.fill(0)
      exchange.fill(0)
    }
  }

  /** Wipes the private keys. */
  wipe(): void {
    this.signer.wipe()
    this.kxPrivate.wipe()
  }
}

/** All identities in one buffer, as they are on the wire: 100,000 members are three objects. Immutable. */
export class MemberList {
  readonly count: number
  /** The content of `Identity x<V>`. */
  readonly bytes: Uint8Array
  readonly #offsets: Uint32Array
  #hash: Bytes | undefined

  private constructor(bytes: Uint8Array, offsets: Uint32Array) {
    this.bytes = bytes
    this.count = offsets.length - 1
    this.#offsets = offsets
  }

  /** Takes the content of a decoded `Identity x<V>`; copies it. */
  static parse(bytes: Uint8Array): MemberList {
    const copy = copyOf(bytes)
    const reader = new Reader(copy, 'Identity')
    const offsets: number[] = [0]
    while (reader.at < reader.limit) {
      Identity.skip(reader)
      offsets.push(reader.at)
    }
    return new MemberList(copy, Uint32Array.from(offsets))
  }

  static of(identities: Iterable<Identity>): MemberList {
    const writer = new Writer()
    for (const identity of identities) Identity.write(writer, identity)
    return MemberList.parse(writer.finish())
  }

  /** The encoded identity at a leaf. */
  encodedAt(index: number): Uint8Array {
    if (!(index >= 0 && index < this.count)) throw new BugError('broken-invariant', { index, count: this.count })
    return this.bytes.subarray(this.#offsets[index], this.#offsets[index + 1])
  }

  /** The identity at a leaf. Its byte strings are views. */
  at(index: number): Identity {
    return decode(Identity, this.encodedAt(index))
  }

  sigKey(index: number): Uint8Array {
    const end = this.encodedAt(index).length
    return this.encodedAt(index).subarray(end - 2 * KEY, end - KEY)
  }

  kxKey(index: number): Uint8Array {
    const end = this.encodedAt(index).length
    return this.encodedAt(index).subarray(end - KEY)
  }

  /** Whether the member that had this leaf was removed. */
  isTombstone(index: number): boolean {
    return this.bytes[this.#offsets[index]!] === 0
  }

  /** The leaf with exactly this identity, or -1. */
  indexOf(identity: Identity): number {
    const wanted = encode(Identity, identity)
    for (let i = 0; i < this.count; i++) if (equalPublic(this.encodedAt(i), wanted)) return i
    return -1
  }

  /** The leaf whose owner has this name, or -1. */
  indexOfId(id: Uint8Array): number {
    const wanted = encode(Identity, { ...TOMBSTONE, id })
    const name = wanted.subarray(0, wanted.length - 2 * KEY)
    for (let i = 0; i < this.count; i++) {
      const encoded = this.encodedAt(i)
      if (encoded.length === wanted.length && equalPublic(encoded.subarray(0, name.length), name)) return i
    }
    return -1
  }

  /** The first leaf without an owner, or -1. */
  firstTombstone(): number {
    for (let i = 0; i < this.count; i++) if (this.isTombstone(i)) return i
    return -1
  }

  /** The list with another identity at a leaf, which may be the next one. */
  with(index: number, identity: Identity): MemberList {
    const end = index < this.count ? index + 1 : index
    const encoded = encode(Identity, identity)
    const [head, tail] = [this.#offsets[index]!, this.#offsets[end]!]
    const bytes = new Uint8Array(this.bytes.length + encoded.length - (tail - head))
    bytes.set(this.bytes.subarray(0, head))
    bytes.set(encoded, head)
    bytes.set(this.bytes.subarray(tail), head + encoded.length)
    const offsets = new Uint32Array(Math.max(this.count, index + 1) + 1)
    offsets.set(this.#offsets)
    const shift = encoded.length - (tail - head)
    for (let i = index + 1; i < offsets.length; i++) offsets[i] = (end === index ? tail : offsets[i]!) + shift
    return new MemberList(bytes, offsets)
  }

  /** H of the list as a vector. Costs one pass over all identities, once for each list. */
  hash({ hash }: ArtSuite): Bytes {
    if (this.#hash === undefined) {
      const header = new Writer(4)
      header.length(this.bytes.length)
      this.#hash = hash.stream().update(header.finish()).update(this.bytes).digest()
    }
    return this.#hash
  }
}

/** Refuses lists with a name twice, and names that are empty but for tombstones where those may stand. */
export function checkMemberList(list: MemberList, tombstones: 'allowed' | 'refused'): void {
  const seen = new Set<string>()
  const tombstone = encode(Identity, TOMBSTONE)
  const text = new TextDecoder('latin1')
  for (let i = 0; i < list.count; i++) {
    const encoded = list.encodedAt(i)
    if (encoded[0] === 0) {
      if (tombstones === 'refused' || !equalPublic(encoded, tombstone)) {
        throw new RejectedError('invalid-identity', { index: i })
      }
      continue
    }
    const name = text.decode(encoded.subarray(0, encoded.length - 2 * KEY))
    if (seen.has(name)) throw new RejectedError('duplicate-member', { index: i })
    seen.add(name)
  }
}
