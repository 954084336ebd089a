/** One device of one user: its signature key, its key packages, and how it comes into groups. */
import { copyOf, toHex, utf8 } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { exclusive } from '../base/exclusive.ts'
import { SecretBytes, wipe } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import { defaultProvider, type SuiteProvider } from '../crypto/default-provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { Credential } from '../mls/credential.ts'
import type { Extension } from '../mls/extension.ts'
import { Group } from '../mls/group.ts'
import { defaultLifetime, type GroupConfig, settingsOf } from '../mls/group-config.ts'
import {
  type ClientDescription,
  createKeyPackage,
  isLastResort,
  type OwnKeyPackage,
  wipeKeyPackage,
} from '../mls/key-package-create.ts'
import type { Lifetime } from '../mls/leaf-node.ts'
import { MLSMessage } from '../mls/message.ts'
import type { SavedParts } from '../mls/saved/merge.ts'
import { suiteOfSaved } from '../mls/saved/records.ts'
import { scanWelcome } from '../mls/welcome-scan.ts'
import { loadClient, saveClient } from './saved-client.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What a client is made from. */
export interface ClientOptions {
  /** A name that your authentication service vouches for, as a basic credential; or a whole credential. */
  readonly identity: string | Credential
  /** Of RFC 9420's registry; 1 by default. */
  readonly suite?: number
  /** Where cryptography comes from; the fastest that runs here by default. */
  readonly provider?: SuiteProvider
  /** The private signature key of a client that existed before. A fresh one by default. */
  readonly signatureKey?: Uint8Array
  /** For all groups of this client: who is who, who may do what, what time it is. */
  readonly config?: GroupConfig
}

/** How a saved client is loaded: what is not saved is given again. */
export type ClientLoadOptions = Pick<ClientOptions, 'provider' | 'config'>

/** How a key package is made. */
export interface PublishOptions {
  /** It may be used more than once, when all others have run out. */
  readonly lastResort?: boolean
  /** Three months by default, or the longest that the configuration allows. */
  readonly lifetime?: Lifetime
}

/** What joining may need besides the invitation. */
export interface JoinOptions {
  /** The tree, where the invitation does not carry it. */
  readonly ratchetTree?: Uint8Array
  /**
   * Whether this client is in a group with this name already: only the application knows all groups. Give it wherever groups are
   * kept by name, or whoever invites can put its group in the place of another.
   */
  readonly isKnown?: (groupId: Uint8Array) => boolean
  /** The group that the new one is to continue: its branch, or what a ReInit announced. */
  readonly previous?: Group
}

/** How an outsider joins by itself. */
export interface ExternalJoinOptions extends Pick<JoinOptions, 'ratchetTree' | 'isKnown'> {
  /** The leaf of a former self, which is removed by the same commit. */
  readonly resync?: number
}

/**
 * A device. It publishes key packages, founds groups, and joins those that it is invited to. It owns the private parts of its
 * key packages until they are used.
 */
export class Client {
  readonly suite: CipherSuite
  readonly #describes: ClientDescription
  readonly #config: GroupConfig
  readonly #signatureKey: SecretBytes
  /** By reference, in hexadecimal. */
  readonly #keyPackages = new Map<string, OwnKeyPackage>()
  readonly #alone = exclusive()

  constructor({ identity, suite = 1, provider = defaultProvider(), signatureKey, config = {} }: ClientOptions) {
    this.suite = provider.suite(suite)
    this.#config = config
    const credential: Credential =
      typeof identity === 'string'
        ? { credentialType: 'basic', identity: utf8(identity) }
        : decode(Credential, encode(Credential, identity))
    this.#signatureKey = new SecretBytes(
      signatureKey === undefined ? this.suite.generateSignatureKey() : copyOf(signatureKey),
    )
    this.#describes = { signer: this.suite.signature.signer(this.#signatureKey.bytes), credential }
  }

  /** A client that was saved. */
  static load(saved: Uint8Array, { provider = defaultProvider(), config = {} }: ClientLoadOptions = {}): Client {
    const suite = suiteOfSaved(saved)
    const { signatureKey, credential, keyPackages } = loadClient(provider.suite(suite), saved)
    try {
      const client = new Client({ identity: credential, suite, provider, signatureKey, config })
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
    return saveClient(this.suite, { signatureKey: this.#signatureKey.bytes, credential, keyPackages })
  }

  /** A group of this client that was saved: the newest snapshot, and the deltas since. */
  loadGroup(saved: SavedParts): Group {
    return Group.load({ ...saved, suite: this.suite, signer: this.#describes.signer, config: this.#config })
  }

  /** What the authentication service vouches for, together with the credential. */
  get signaturePublicKey(): Bytes {
    return this.#describes.signer.publicKey.slice()
  }

  /** How many key packages wait to be used. */
  get unusedKeyPackages(): number {
    return this.#keyPackages.size
  }

  /** Makes a key package to publish: others add this client by it while it is offline. */
  keyPackage({ lastResort = false, lifetime }: PublishOptions = {}): Bytes {
    const { clock, longestLifetime } = settingsOf(this.#config)
    const own = createKeyPackage(this.suite, {
      ...this.#describes,
      lifetime: lifetime ?? defaultLifetime(clock(), longestLifetime),
      lastResort,
    })
    this.#keyPackages.set(toHex(own.ref), own)
    return encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage: own.keyPackage })
  }

  /** Founds a group of one. Its name is random unless it is given. */
  createGroup({ groupId, extensions }: { groupId?: Uint8Array; extensions?: readonly Extension[] } = {}): Group {
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
    return this.#alone(() => {
      const own = this.#invited(welcome)
      const { suite } = this
      const { signer } = this.#describes
      const group = Group.join({ ...options, suite, welcome, keyPackages: [own], signer, config: this.#config })
      if (!isLastResort(own.keyPackage)) {
        wipeKeyPackage(own)
        this.#keyPackages.delete(toHex(own.ref))
      }
      return group
    })
  }

  /** Joins by a commit of its own, which is to be sent to the group; if the group does not take it, drop the group. */
  externalJoin(groupInfo: Uint8Array, options: ExternalJoinOptions = {}): { group: Group; commit: Bytes } {
    const { suite } = this
    return this.#alone(() =>
      Group.externalJoin({ ...options, ...this.#describes, suite, groupInfo, config: this.#config }),
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
  #invited(welcome: Uint8Array): OwnKeyPackage {
    const { found } = scanWelcome(welcome, ref => this.#keyPackages.get(toHex(ref)))
    if (found !== undefined) return found.own
    throw new RejectedError('no-key-package')
  }
}
