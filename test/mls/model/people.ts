/** Real clients for the people of the model: their keys, key packages and pre-shared keys. */
import { expect } from 'vitest'
import { equalPublic, toHex, utf8 } from '../../../src/base/bytes.ts'
import { Client } from '../../../src/client/client.ts'
import { encode } from '../../../src/codec/codec.ts'
import type { SuiteProvider } from '../../../src/crypto/default-provider.ts'
import type { Signer } from '../../../src/crypto/provider.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import { type Extension, ExternalSenders } from '../../../src/mls/extension.ts'
import type { GroupConfig } from '../../../src/mls/group-config.ts'
import { padme } from '../../../src/mls/padding.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import { CUSTOM_EXTENSION, NOW, TestClient } from '../group-world.ts'
import { signerOf } from '../leaves.ts'
import { LIMITS } from './state.ts'

/** Who may propose from outside: the first external sender of the group. */
export const OUTSIDER = 900_001

/** The extensions that a tag of the model stands for. */
export function extensionsOf(suite: CipherSuite, tag: string): Extension[] {
  const credential = { credentialType: 'basic', identity: utf8('outsider') } as const
  const senders = [{ signatureKey: signerOf(suite, OUTSIDER).publicKey, credential }]
  return [
    { extensionType: ExtensionType.of.external_senders, extensionData: encode(ExternalSenders, senders) },
    { extensionType: CUSTOM_EXTENSION, extensionData: utf8(tag) },
  ]
}

/** A key package that somebody has published. */
export interface Published {
  readonly name: string
  readonly bytes: Uint8Array
  readonly isLastResort: boolean
}

/** Somebody with one device. */
export class Person {
  readonly id: number
  /** The model of the device: it describes itself, and has the key packages that were not used yet. */
  readonly client: TestClient
  device: Client
  /** What is stored of the device. */
  saved: Uint8Array
  /** The external pre-shared keys that this person has been told. */
  readonly known = new Set<string>()
  readonly isPrivate: boolean
  readonly #provider: SuiteProvider
  readonly #signers = new Map<string, Signer>()
  readonly #names = new Map<Uint8Array, string>()
  #lastResort: Published | undefined

  constructor(id: number, provider: SuiteProvider, suite: CipherSuite, isPrivate: boolean) {
    this.id = id
    const config: GroupConfig = {
      clock: () => NOW,
      handshake: isPrivate ? 'private' : 'public',
      pastEpochs: LIMITS.pastEpochs,
      resumptionEpochs: LIMITS.resumptionEpochs,
      maxProposals: LIMITS.maxProposals,
      ratchetLimits: { maxForward: LIMITS.maxForward, maxKept: LIMITS.maxKept },
      preSharedKey: psk => {
        const name = psk.psktype === 'external' ? new TextDecoder().decode(psk.pskId) : ''
        return this.known.has(name) ? utf8(`secret of ${name}`) : undefined
      },
      ...(id % 2 === 0 ? { padding: padme } : {}),
    }
    this.isPrivate = isPrivate
    this.client = new TestClient(suite, 1000 + id, config)
    this.#signers.set(this.key, this.client.signer)
    this.#provider = provider
    this.saved = this.client.save()
    this.device = this.load(this.saved)
  }

  /** The name of the signature key that this person starts with wherever it joins. */
  get key(): string {
    return keyName(this.client.signer)
  }

  /** A fresh signature key. */
  freshSigner(): Signer {
    const signer = signerOf(this.client.suite, 1_000_000 + 1000 * this.id + this.#signers.size)
    this.#signers.set(keyName(signer), signer)
    return signer
  }

  signerOf(key: string): Signer {
    return this.#signers.get(key)!
  }

  /** A key package for others to add this person by; the one of last resort is the same each time. */
  publish(lastResort: boolean): Published {
    if (lastResort && this.#lastResort !== undefined) return this.#lastResort
    const bytes = this.client.keyPackage(lastResort ? { lastResort } : {})
    const name = `${this.id}/${this.#names.size}`
    this.#names.set(bytes, name)
    const published = { name, bytes, isLastResort: lastResort }
    if (lastResort) this.#lastResort = published
    // what the model says of itself is more than a client does: the key package gets into the device as one that was stored
    this.saved = this.client.save()
    this.device = this.load(this.saved)
    return published
  }

  /** The names of the key packages that this person can still be added by. */
  keyPackages(): string[] {
    return this.client.keyPackages.map(({ encoded }) => this.#names.get(encoded)!)
  }

  /** The device has joined by a key package, and the group is stored. */
  use(name: string): void {
    const { keyPackages } = this.client
    if (name !== this.#lastResort?.name) keyPackages.splice(this.keyPackages().indexOf(name), 1)
    this.saved = this.device.save()
    expect(equalPublic(this.saved, this.client.save()), 'a key package is not as it should be').toBe(true)
  }

  /** A device from what is stored. */
  load(saved: Uint8Array): Client {
    return Client.load(saved, { provider: this.#provider, config: this.client.config })
  }

  /** The device ends, and begins again from what is stored. Its groups are closed. */
  beginAgain(): void {
    this.device.close()
    this.device = this.load(this.saved)
    expect(equalPublic(this.device.save(), this.saved), 'a client that was restored is another').toBe(true)
  }
}

/** The model's name for a signature key. */
export function keyName({ publicKey }: Pick<Signer, 'publicKey'>): string {
  return toHex(publicKey)
}
