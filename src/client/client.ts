/** One device of one user: its signature key, its key packages, and how it comes into groups. */
import { arrayOf, checked, objectOf, yesOrNo } from '../base/arguments.ts'
import { checkBytes, copyOf, toHex, utf8 } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { exclusive } from '../base/exclusive.ts'
import { SecretBytes, wipe } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { defaultProvider, type SuiteProvider } from '../crypto/default-provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { supporting } from '../mls/capabilities.ts'
import { Credential } from '../mls/credential.ts'
import type { Extension } from '../mls/extension.ts'
import { Group } from '../mls/group.ts'
import { defaultLifetime, type GroupConfig, settingsOf } from '../mls/group-config.ts'
import { KeyPackage } from '../mls/key-package.ts'
import {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  isLastResort,
  keyPackageRef,
  type OwnKeyPackage,
  wipeKeyPackage,
} from '../mls/key-package-create.ts'
import type { Capabilities, Lifetime } from '../mls/leaf-node.ts'
import { MLSMessage } from '../mls/message.ts'
import { readKeyPackage } from '../mls/proposal-request.ts'
import { WireFormat } from '../mls/registries.ts'
import type { SavedParts } from '../mls/saved/merge.ts'
import { suiteOfSaved } from '../mls/saved/records.ts'
import { scanWelcome } from '../mls/welcome-scan.ts'
import type {
  ClientLoadOptions,
  ClientOptions,
  ExternalJoinOptions,
  JoinOptions,
  PublishOptions,
  WaitingKeyPackage,
} from './client-options.ts'
import { loadClient, NO_DESCRIPTION, SavedDescription, saveClient } from './saved-client.ts'

type Bytes = Uint8Array<ArrayBuffer>

/**
 * A device. It publishes key packages, founds groups, and joins those that it is invited to. It owns the private parts of its
 * key packages until they are used.
 */
export class Client {
  readonly suite: CipherSuite
  readonly #describes: Required<ClientDescription>
  readonly #description: SavedDescription
  readonly #config: GroupConfig
  readonly #signatureKey: SecretBytes
  /** By reference, in hexadecimal. */
  readonly #keyPackages = new Map<string, OwnKeyPackage>()
  readonly #alone = exclusive()

  constructor(options: ClientOptions) {
    const { identity, suite = 1, provider = defaultProvider(), signatureKey, config = {} } = objectOf(options)
    this.suite = suiteFrom(provider, suite)
    settingsOf(config)
    this.#config = config
    const credential: Credential =
      typeof identity === 'string'
        ? { credentialType: 'basic', identity: utf8(identity) }
        : decode(Credential, encode(Credential, identity))
    const { capabilities = {}, leafExtensions = [] } = options
    const given = { leafExtensions, capabilities: { ...NO_DESCRIPTION.capabilities, ...objectOf(capabilities) } }
    this.#description = decode(SavedDescription, encode(SavedDescription, given))
    const all = supporting(defaultCapabilities(this.suite, credential), this.#description.capabilities)
    this.#signatureKey = new SecretBytes(
      signatureKey === undefined ? this.suite.generateSignatureKey() : copyOf(signatureKey),
    )
    this.#describes = {
      signer: this.suite.signature.signer(this.#signatureKey.bytes),
      credential,
      ...this.#description,
      capabilities: carrying(all, this.#description.leafExtensions),
    }
  }

  /** A client that was saved. */
  static load(saved: Uint8Array, given: ClientLoadOptions = {}): Client {
    const { provider = defaultProvider(), ...options } = objectOf(given)
    const suite = suiteOfSaved(saved)
    const { signatureKey, credential, keyPackages, description } = loadClient(suiteFrom(provider, suite), saved)
    try {
      const client = new Client({ identity: credential, suite, provider, signatureKey, ...description, ...options })
      for (const own of keyPackages) client.#keyPackages.set(toHex(own.ref), own)
      return client
    } finally {
      wipe(signatureKey)
    }
  }

  /**
   * All that this client is, its private keys among it and not encrypted: store it after each `keyPackage`, and after a `join` only
   * when the group is stored. Groups are saved by themselves.
   */
  save(): Bytes {
    const { credential } = this.#describes
    const keyPackages = [...this.#keyPackages.values()]
    const signatureKey = this.#signatureKey.bytes
    return saveClient(this.suite, { signatureKey, credential, keyPackages, description: this.#description })
  }

  /** A group of this client that was saved: the newest snapshot, and the deltas since. */
  loadGroup(saved: SavedParts): Group {
    return Group.load({ ...objectOf(saved), suite: this.suite, signer: this.#describes.signer, config: this.#config })
  }

  /** What the authentication service vouches for, together with the credential. */
  get signaturePublicKey(): Bytes {
    return this.#describes.signer.publicKey.slice()
  }

  /** How many key packages wait to be used. */
  get unusedKeyPackages(): number {
    return this.#keyPackages.size
  }

  /** The key packages that wait to be used, the oldest first. */
  get keyPackages(): readonly WaitingKeyPackage[] {
    return [...this.#keyPackages.values()].map(({ keyPackage, ref }) => ({
      keyPackage: published(keyPackage),
      ref: ref.slice(),
      lifetime: lifetimeOf(keyPackage),
      lastResort: isLastResort(keyPackage),
    }))
  }

  /** Makes a key package to publish: others add this client by it while it is offline. */
  keyPackage(options: PublishOptions = {}): Bytes {
    const { lastResort = false, lifetime, extensions = [] } = objectOf(options)
    const { clock, longestLifetime } = settingsOf(this.#config)
    const own = createKeyPackage(this.suite, {
      ...this.#describes,
      capabilities: carrying(this.#describes.capabilities, extensions),
      extensions,
      lifetime: lifetime ?? defaultLifetime(clock(), longestLifetime),
      lastResort: yesOrNo(lastResort),
    })
    this.#keyPackages.set(toHex(own.ref), own)
    return published(own.keyPackage)
  }

  /**
   * Forgets a key package and its private keys: one that was published, or the one that a Welcome is for, unless that is of last
   * resort. Says whether it was there.
   */
  withdraw(message: Uint8Array): boolean {
    return this.#alone(() => {
      const own = this.#named(message)
      if (own !== undefined) this.#forget(own)
      return own !== undefined
    })
  }

  /**
   * Forgets the key packages that have expired, by the clock or before another time, with their private keys; says how many. A
   * Welcome for one of them that is still on its way cannot be opened any more.
   */
  withdrawExpired(before?: bigint): number {
    return this.#alone(() => {
      const time = before ?? settingsOf(this.#config).clock()
      checked(time, typeof time === 'bigint', 'a bigint of seconds')
      const expired = [...this.#keyPackages.values()].filter(own => lifetimeOf(own.keyPackage).notAfter < time)
      for (const own of expired) this.#forget(own)
      return expired.length
    })
  }

  /** Founds a group of one. Its name is random unless it is given. */
  createGroup(options: { groupId?: Uint8Array; extensions?: readonly Extension[] } = {}): Group {
    const { groupId, extensions } = objectOf(options)
    return Group.create({
      ...this.#describes,
      suite: this.suite,
      config: this.#config,
      ...(groupId === undefined ? {} : { groupId }),
      ...(extensions === undefined ? {} : { extensions }),
    })
  }

  /** Joins by a Welcome, which copath-mls-10-04: uses up one of this client's key packages, copath-mls-last-resort-02: unless that was one of last resort. */
  join(welcome: Uint8Array, options: JoinOptions = {}): Group {
    objectOf(options)
    return this.#alone(() => {
      const own = this.#invitedBy(welcome)
      if (own === undefined) throw new RejectedError('no-key-package')
      const { suite } = this
      const { signer } = this.#describes
      const group = Group.join({
        ...options,
        suite,
        welcome,
        keyPackages: [own],
        signer,
        config: this.#config,
      })
      if (!isLastResort(own.keyPackage)) this.#forget(own)
      return group
    })
  }

  /** Joins by a commit of its own, which is to be sent to the group; if the group does not take it, drop the group. */
  externalJoin(groupInfo: Uint8Array, options: ExternalJoinOptions = {}): { group: Group; commit: Bytes } {
    const { suite } = this
    return this.#alone(() =>
      Group.externalJoin({ ...objectOf(options), ...this.#describes, suite, groupInfo, config: this.#config }),
    )
  }

  /** Forgets the private parts of all key packages, and the signature key, with which its groups sign: close those first. */
  close(): void {
    this.#alone(() => {
      for (const own of this.#keyPackages.values()) wipeKeyPackage(own)
      this.#keyPackages.clear()
      this.#describes.signer.wipe()
      this.#signatureKey.wipe()
    })
  }

  /** The key package that a Welcome is for. */
  #invitedBy(welcome: Uint8Array): OwnKeyPackage | undefined {
    return scanWelcome(welcome, ref => this.#keyPackages.get(toHex(ref))).found?.own
  }

  /** The key package in a message, or for a Welcome. */
  #named(message: Uint8Array): OwnKeyPackage | undefined {
    checkBytes(message)
    if (message[3] === WireFormat.of.mls_welcome) {
      const own = this.#invitedBy(message)
      return own && isLastResort(own.keyPackage) ? undefined : own
    }
    return this.#keyPackages.get(toHex(keyPackageRef(this.suite, encode(KeyPackage, readKeyPackage(message)))))
  }

  #forget(own: OwnKeyPackage): void {
    wipeKeyPackage(own)
    this.#keyPackages.delete(toHex(own.ref))
  }
}

function published(keyPackage: KeyPackage): Bytes {
  return encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage })
}

const NEVER: Lifetime = { notBefore: 0n, notAfter: 0n }

function lifetimeOf({ leafNode }: KeyPackage): Lifetime {
  return leafNode.leafNodeSource === 'key_package' ? leafNode.lifetime : NEVER
}

function suiteFrom(provider: SuiteProvider, suite: number): CipherSuite {
  return checked(provider, typeof objectOf(provider).suite === 'function', 'a provider of suites').suite(suite)
}

/** Whoever carries extensions supports them. */
function carrying(capabilities: Capabilities, extensions: readonly Extension[]): Capabilities {
  return supporting(capabilities, { extensions: arrayOf(extensions).map(each => objectOf(each).extensionType) })
}
