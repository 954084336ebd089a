/** Members run by this library. */
import { equalPublic, toHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { Group } from '../../src/mls/group.ts'
import { defaultLifetime } from '../../src/mls/group-config.ts'
import { type ClientDescription, createKeyPackage, type OwnKeyPackage } from '../../src/mls/key-package-create.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import type { Changes, CommitMessages, InteropMember } from './member.ts'

export class CopathMember implements InteropMember {
  readonly implementation = 'copath'
  readonly identity: string
  readonly #suite: CipherSuite
  readonly #client: ClientDescription
  readonly #own: OwnKeyPackage
  readonly #config: { readonly handshake: 'public' | 'private' }
  #joined: Group | undefined

  /** Handshake messages of this member are public or private, as a deployment would have it. */
  constructor(suite: CipherSuite, identity: string, handshake: 'public' | 'private') {
    this.identity = identity
    this.#suite = suite
    this.#config = { handshake }
    this.#client = {
      signer: suite.signature.signer(suite.generateSignatureKey()),
      credential: { credentialType: 'basic', identity: utf8(identity) },
    }
    const lifetime = defaultLifetime(BigInt(Math.floor(Date.now() / 1000)))
    this.#own = createKeyPackage(suite, { ...this.#client, lifetime })
  }

  get group(): Group {
    if (this.#joined === undefined) throw new Error(`${this.identity} is in no group`)
    return this.#joined
  }

  #leafOf(identity: string): number {
    for (const { leaf, credential } of this.group.members()) {
      if (credential.credentialType === 'basic' && equalPublic(credential.identity, utf8(identity))) return leaf
    }
    throw new Error(`no member ${identity}`)
  }

  async keyPackage(): Promise<Uint8Array> {
    return encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage: this.#own.keyPackage })
  }

  async found(groupId: Uint8Array): Promise<void> {
    this.#joined = Group.create({ ...this.#client, suite: this.#suite, groupId, config: this.#config })
  }

  async join(welcome: Uint8Array): Promise<void> {
    const { signer } = this.#client
    this.#joined = Group.join({ suite: this.#suite, welcome, keyPackages: [this.#own], signer, config: this.#config })
  }

  async commit({ adds = [], removes = [] }: Changes): Promise<CommitMessages> {
    const requests: ProposalRequest[] = [
      ...adds.map(keyPackage => ({ type: 'add', keyPackage }) as const),
      ...removes.map(identity => ({ type: 'remove', leaf: this.#leafOf(identity) }) as const),
    ]
    const { commit, welcome } = this.group.commit(requests)
    this.group.accept()
    return { commit, welcome }
  }

  async proposeUpdate(): Promise<Uint8Array> {
    return this.group.propose({ type: 'update' })
  }

  async proposeAdd(keyPackage: Uint8Array): Promise<Uint8Array> {
    return this.group.propose({ type: 'add', keyPackage })
  }

  async proposeRemove(identity: string): Promise<Uint8Array> {
    return this.group.propose({ type: 'remove', leaf: this.#leafOf(identity) })
  }

  async process(message: Uint8Array): Promise<Uint8Array | undefined> {
    const event = this.group.process(message)
    return event.kind === 'message' ? event.data : undefined
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    return this.group.encrypt(data)
  }

  authenticator(): string {
    return toHex(this.group.epochAuthenticator())
  }

  async exportSecret(label: string, context: Uint8Array, length: number): Promise<string> {
    return toHex(this.group.exportSecret(label, context, length))
  }
}
