/** Members run by mls-ts 0.1.0, a build of OpenMLS: suite 3, adds and messages. Installed by `npm ci --prefix peers`. */
import { existsSync } from 'node:fs'
import { toHex } from '../../src/base/bytes.ts'
import type { Change } from './member.ts'

const entry = new URL('../../peers/node_modules/mls-ts/dist/index.js', import.meta.url)

export const mlsTsIsInstalled = existsSync(entry)

interface OpenMlsGroup {
  /** The member proposes and commits; whoever gets the commit needs the proposal first. */
  add(keyPackage: Uint8Array): {
    readonly welcome: Uint8Array
    readonly ratchetTree: Uint8Array
    readonly proposal: Uint8Array
    readonly commit: Uint8Array
  }
  send(message: Uint8Array): Uint8Array
  receive(message: Uint8Array): Uint8Array
  exportRatchetTree(): Uint8Array
  exportKey(label: string, context: Uint8Array, length: number): Uint8Array
}

interface OpenMlsClient {
  keyPackage(): Uint8Array
  createGroup(id: string): OpenMlsGroup
  joinGroup(welcome: Uint8Array, tree: Uint8Array): OpenMlsGroup
}

/** What it takes to let a newcomer in. */
export interface Addition {
  /** In this order, to the members. */
  readonly messages: readonly Uint8Array[]
  readonly welcome: Uint8Array
  /** Its Welcomes carry no tree. */
  readonly tree: Uint8Array
}

export class MlsTsMember {
  readonly implementation = 'mls-ts'
  readonly identity: string
  readonly #client: OpenMlsClient
  #joined: OpenMlsGroup | undefined

  private constructor(client: OpenMlsClient, identity: string) {
    this.#client = client
    this.identity = identity
  }

  static async make(identity: string): Promise<MlsTsMember> {
    const { MlsClient } = (await import(/* @vite-ignore */ entry.href)) as {
      MlsClient: new (name: string) => OpenMlsClient
    }
    return new MlsTsMember(new MlsClient(identity), identity)
  }

  get #group(): OpenMlsGroup {
    if (this.#joined === undefined) throw new Error(`${this.identity} is in no group`)
    return this.#joined
  }

  keyPackage(): Uint8Array {
    return this.#client.keyPackage()
  }

  found(groupId: string): void {
    this.#joined = this.#client.createGroup(groupId)
  }

  add({ keyPackage }: Extract<Change, { kind: 'add' }>): Addition {
    const { proposal, commit, welcome, ratchetTree } = this.#group.add(keyPackage)
    return { messages: [proposal, commit], welcome, tree: ratchetTree }
  }

  join({ welcome, tree }: Addition): void {
    this.#joined = this.#client.joinGroup(welcome, tree)
  }

  /** Application data, or nothing. */
  process(message: Uint8Array): Uint8Array {
    return this.#group.receive(message)
  }

  encrypt(data: Uint8Array): Uint8Array {
    return this.#group.send(data)
  }

  tree(): string {
    return toHex(this.#group.exportRatchetTree())
  }

  exportSecret(label: string, context: Uint8Array, length: number): string {
    return toHex(this.#group.exportKey(label, context, length))
  }
}
