/** Real clients for the people of the model: their keys, key packages and pre-shared keys. */
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/codec/codec.ts'
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

export class Person {
  readonly id: number
  readonly client: TestClient
  /** The external pre-shared keys that this person has been told. */
  known = new Set<string>()
  readonly isPrivate: boolean
  #lastResort: Published | undefined
  #keyPackages = 0
  #keys = 0

  constructor(id: number, suite: CipherSuite, isPrivate: boolean) {
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
  }

  /** A call made again, with what this person knows now and not with what it gets to know meanwhile. */
  knowingThis<A extends readonly unknown[], T>(call: (...args: A) => T): (...args: A) => T {
    const then = new Set(this.known)
    return (...args) => {
      const now = this.known
      this.known = then
      try {
        return call(...args)
      } finally {
        this.known = now
      }
    }
  }

  /** The name of the signature key that this person starts with wherever it joins. */
  get key(): string {
    return keyName(this.client.signer)
  }

  /** A fresh signature key. */
  freshSigner(): Signer {
    return signerOf(this.client.suite, 1_000_000 + 1000 * this.id + this.#keys++)
  }

  /** A key package for others to add this person by; the one of last resort is the same each time. */
  publish(lastResort: boolean): Published {
    if (lastResort && this.#lastResort !== undefined) return this.#lastResort
    const bytes = this.client.keyPackage(lastResort ? { lastResort } : {})
    const published = { name: `${this.id}/${this.#keyPackages++}`, bytes, isLastResort: lastResort }
    if (lastResort) this.#lastResort = published
    return published
  }
}

/** The model's name for a signature key. */
export function keyName({ publicKey }: Pick<Signer, 'publicKey'>): string {
  return toHex(publicKey)
}
