/** RFC 9420 sections 8, 9 and 15.3: the secrets of an epoch, derived when first needed, and what is kept when it is over. */
import { copyOf } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { EpochContext } from './epoch-context.ts'
import { type EpochSecrets, exportSecret, wipeEpoch } from './key-schedule.ts'
import type { PrivateProtection } from './private-protection.ts'
import type { PublicProtection } from './public-protection.ts'
import { type RatchetLimits, SecretTree } from './secret-tree.ts'

/** What an epoch is made of. */
export interface EpochParts {
  readonly context: EpochContext
  readonly secrets: EpochSecrets
  readonly interimTranscriptHash: Uint8Array
  readonly confirmationTag: Uint8Array
  /** How many leaves the tree has: as many as the secret tree. */
  readonly leaves: number
}

/** An epoch as a member knows it. It owns its secrets. */
export class Epoch {
  readonly context: EpochContext
  readonly interimTranscriptHash: Uint8Array
  readonly confirmationTag: Uint8Array
  readonly secrets: EpochSecrets
  readonly #suite: CipherSuite
  readonly #leaves: number
  readonly #limits: RatchetLimits | undefined
  #secretTree: SecretTree | undefined

  constructor(suite: CipherSuite, parts: EpochParts, limits: RatchetLimits | undefined, secretTree?: SecretTree) {
    this.#suite = suite
    this.context = parts.context
    this.interimTranscriptHash = parts.interimTranscriptHash
    this.confirmationTag = copyOf(parts.confirmationTag)
    this.secrets = parts.secrets
    this.#leaves = parts.leaves
    this.#limits = limits
    this.#secretTree = secretTree
  }

  /** How many leaves its tree has. */
  get leaves(): number {
    return this.#leaves
  }

  /** Whether messages of the epoch can be encrypted or read: not after `wipe`. */
  get isReadable(): boolean {
    return !this.secrets.senderData.wiped
  }

  get number(): bigint {
    return this.context.context.epoch
  }

  /** Made for the first message; copath-mls-9.2-02: the encryption secret is gone then. */
  get secretTree(): SecretTree {
    if (this.#secretTree === undefined) {
      this.#secretTree = new SecretTree(this.#suite, this.secrets.encryption.bytes, this.#leaves, this.#limits)
      this.secrets.encryption.wipe()
    }
    return this.#secretTree
  }

  /** What public messages are protected with. */
  get publicProtection(): PublicProtection {
    const membershipKey = this.secrets.membershipKey.bytes
    return { suite: this.#suite, groupContext: this.context.encoded, membershipKey }
  }

  /** What private messages are protected with. */
  get privateProtection(): PrivateProtection {
    return {
      suite: this.#suite,
      groupContext: this.context.encoded,
      senderDataSecret: this.secrets.senderData.bytes,
      secretTree: this.secretTree,
    }
  }

  /** Section 8.5. */
  export(label: string, context: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    return exportSecret(this.#suite, this.secrets.exporter.bytes, { label, context, length })
  }

  /** The epoch is over: what is not needed to read late messages is forgotten. */
  retire(): void {
    const { exporter, external, confirmationKey, membershipKey, resumptionPsk, epochAuthenticator, init } = this.secrets
    for (const secret of [exporter, external, confirmationKey, membershipKey, resumptionPsk, epochAuthenticator, init])
      secret.wipe()
  }

  wipe(): void {
    wipeEpoch(this.secrets)
    this.#secretTree?.wipe()
  }
}

/** Signature keys of an epoch that the one after it has changed: undefined where there was no member. */
export type ReplacedKeys = ReadonlyMap<number, Uint8Array | undefined>

/** An epoch that is over. */
export interface PastEpoch {
  readonly epoch: Epoch
  readonly replaced: ReplacedKeys
}

/** Epochs that are over and whose messages may still arrive: no more than a given number. */
export class PastEpochs {
  readonly #limit: number
  #epochs: PastEpoch[] = []

  constructor(limit: number, epochs: readonly PastEpoch[] = []) {
    this.#limit = limit
    this.#epochs = [...epochs]
    this.#keepToLimit()
  }

  /** From the oldest to the latest. */
  get epochs(): readonly PastEpoch[] {
    return this.#epochs
  }

  get count(): number {
    return this.#epochs.length
  }

  /** Takes over an epoch that is over. */
  push(epoch: Epoch, replaced: ReplacedKeys): void {
    epoch.retire()
    this.#epochs.push({ epoch, replaced })
    this.#keepToLimit()
  }

  #keepToLimit(): void {
    while (this.#epochs.length > this.#limit) this.#epochs.shift()!.epoch.wipe()
  }

  find(number: bigint): Epoch | undefined {
    return this.#epochs.find(({ epoch }) => epoch.number === number)?.epoch
  }

  /** The signature key that a member had in an epoch; `now` gives the present one. */
  signatureKey(number: bigint, leaf: number, now: (leaf: number) => Uint8Array): Uint8Array {
    for (const { epoch, replaced } of this.#epochs) {
      if (epoch.number < number || !replaced.has(leaf)) continue
      const key = replaced.get(leaf)
      if (key === undefined) throw new RejectedError('unknown-sender', { leaf })
      return key
    }
    return now(leaf)
  }

  wipe(): void {
    for (const { epoch } of this.#epochs) epoch.wipe()
    this.#epochs = []
  }
}
