/** What the server keeps between calls, by the numbers that it gave out. One count for all: some calls take a number of either kind. */
import { toHex } from '../src/base/bytes.ts'
import { wipe } from '../src/base/secret.ts'
import type { Signer } from '../src/crypto/provider.ts'
import type { CipherSuite } from '../src/crypto/suites.ts'
import type { Group } from '../src/mls/group.ts'
import type { GroupConfig } from '../src/mls/group-config.ts'
import { type ClientDescription, type OwnKeyPackage, wipeKeyPackage } from '../src/mls/key-package-create.ts'

/** A number that stands for nothing, or for something of another kind. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** The pre-shared keys that somebody was told. */
export class PskStore {
  readonly #byId = new Map<string, Uint8Array>()

  set(id: Uint8Array, secret: Uint8Array): void {
    this.#byId.set(toHex(id), secret)
  }

  readonly find: NonNullable<GroupConfig['preSharedKey']> = id =>
    id.psktype === 'external' ? this.#byId.get(toHex(id.pskId)) : undefined

  copy(): PskStore {
    const copy = new PskStore()
    for (const [id, secret] of this.#byId) copy.#byId.set(id, secret.slice())
    return copy
  }

  wipe(): void {
    wipe(...this.#byId.values())
    this.#byId.clear()
  }
}

/** A member in a group. */
export interface InGroup {
  readonly kind: 'state'
  readonly group: Group
  readonly client: ClientDescription
  readonly psks: PskStore
  readonly config: GroupConfig
}

/** Somebody with a key package who waits for a Welcome. */
export interface Waiting {
  readonly kind: 'transaction'
  readonly suite: CipherSuite
  readonly client: ClientDescription
  readonly own: OwnKeyPackage
  readonly psks: PskStore
}

/** A member whose group was ended by a ReInit, with the key package for the group that follows. */
export interface Between {
  readonly kind: 'reinit'
  readonly state: InGroup
  readonly next: Waiting
}

/** An external sender. */
export interface Outsider {
  readonly kind: 'signer'
  readonly suite: CipherSuite
  readonly signer: Signer
}

export type Thing = InGroup | Waiting | Between | Outsider

function forget(thing: Thing): void {
  if (thing.kind === 'state') {
    thing.group.close()
    thing.psks.wipe()
  } else if (thing.kind === 'transaction') {
    wipeKeyPackage(thing.own)
    thing.psks.wipe()
  } else if (thing.kind === 'reinit') wipeKeyPackage(thing.next.own)
}

/** All of them. */
export class Things {
  readonly #byNumber = new Map<number, Thing>()
  #last = 0

  /** Keeps a thing and says its number, which is never 0: that is what a field is that was not sent. */
  add(thing: Thing): number {
    this.#last++
    this.#byNumber.set(this.#last, thing)
    return this.#last
  }

  get<K extends Thing['kind']>(kind: K, number: number): Extract<Thing, { kind: K }> {
    const thing = this.#byNumber.get(number)
    if (thing?.kind !== kind) throw new NotFoundError(`there is no ${kind} ${number}`)
    return thing as Extract<Thing, { kind: K }>
  }

  /** The keys that a member knows, or somebody who waits to become one. */
  psksOf(number: number): PskStore {
    const thing = this.#byNumber.get(number)
    if (thing?.kind !== 'state' && thing?.kind !== 'transaction') {
      throw new NotFoundError(`there is no state or transaction ${number}`)
    }
    return thing.psks
  }

  /** Lets go of a number whose content went on to another. */
  drop(number: number): void {
    this.#byNumber.delete(number)
  }

  /** Forgets a thing and wipes its secrets. */
  free(number: number): void {
    const thing = this.#byNumber.get(number)
    if (thing === undefined) throw new NotFoundError(`there is nothing with the number ${number}`)
    forget(thing)
    this.#byNumber.delete(number)
  }
}
