/** Members run by this library. */
import { equalPublic, toHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { ExternalPub, findExtension } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import { defaultLifetime, type GroupConfig } from '../../src/mls/group-config.ts'
import {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  type OwnKeyPackage,
} from '../../src/mls/key-package-create.ts'
import { readGroupInfo } from '../../src/mls/load-group.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { padme } from '../../src/mls/padding.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { type Change, type CommitMessages, type InteropMember, PRIVATE_EXTENSION } from './member.ts'

/** How a member of ours behaves, as a deployment would have it. */
export interface Habits {
  /** How its proposals and commits travel. */
  readonly handshake: 'public' | 'private'
  /** Whether its messages are padded. */
  readonly pads?: boolean
  /** Whether its commits have a path also where none is required. */
  readonly path?: boolean
}

export class CopathMember implements InteropMember {
  readonly implementation = 'copath'
  readonly canProposeUpdates = true
  readonly canCommitExtensions = true
  readonly hasBareExternalKey = false
  readonly identity: string
  readonly client: ClientDescription
  readonly own: OwnKeyPackage
  readonly #suite: CipherSuite
  readonly #path: boolean
  readonly #psks = new Map<string, Uint8Array>()
  readonly config: GroupConfig
  #joined: Group | undefined

  constructor(suite: CipherSuite, identity: string, { handshake, pads = false, path = true }: Habits) {
    this.identity = identity
    this.#suite = suite
    this.#path = path
    this.config = {
      handshake,
      preSharedKey: id => (id.psktype === 'external' ? this.#psks.get(toHex(id.pskId)) : undefined),
      ...(pads ? { padding: padme } : {}),
    }
    const credential = { credentialType: 'basic', identity: utf8(identity) } as const
    const all = defaultCapabilities(suite, credential)
    this.client = {
      signer: suite.signature.signer(suite.generateSignatureKey()),
      credential,
      capabilities: { ...all, extensions: [...all.extensions, PRIVATE_EXTENSION] },
    }
    const lifetime = defaultLifetime(BigInt(Math.floor(Date.now() / 1000)))
    this.own = createKeyPackage(suite, { ...this.client, lifetime })
  }

  get group(): Group {
    if (this.#joined === undefined) throw new Error(`${this.identity} is in no group`)
    return this.#joined
  }

  /** Goes on in another group, which a test has made. */
  set group(group: Group) {
    this.#joined = group
  }

  get epoch(): bigint {
    return this.group.epoch
  }

  get leaf(): number {
    return this.group.leaf
  }

  #request(change: Change): ProposalRequest {
    switch (change.kind) {
      case 'add':
        return { type: 'add', keyPackage: change.keyPackage }
      case 'remove':
        return { type: 'remove', leaf: leafOf(this.group.members(), change.identity) }
      case 'update':
        return { type: 'update' }
      case 'psk':
        return { type: 'external_psk', pskId: change.id }
      case 'resumption':
        return { type: 'resumption_psk', epoch: change.epoch }
      case 'extensions': {
        const extensions = change.extensions.map(({ type, data }) => {
          return { extensionType: type === PRIVATE_EXTENSION ? type : ExtensionType.of[type], extensionData: data }
        })
        return { type: 'extensions', extensions }
      }
    }
  }

  learn(id: Uint8Array, secret: Uint8Array): void {
    this.#psks.set(toHex(id), secret)
  }

  async keyPackage(): Promise<Uint8Array> {
    return encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage: this.own.keyPackage })
  }

  async found(groupId: Uint8Array): Promise<void> {
    this.#joined = Group.create({ ...this.client, suite: this.#suite, groupId, config: this.config })
  }

  async join(welcome: Uint8Array, rest: { readonly ratchetTree?: Uint8Array; readonly previous?: Group } = {}) {
    const { signer } = this.client
    const request = { suite: this.#suite, welcome, keyPackages: [this.own], signer, config: this.config }
    this.#joined = Group.join({ ...request, ...rest })
  }

  async externalJoin(groupInfo: Uint8Array, isResync: boolean): Promise<Uint8Array> {
    const suite = this.#suite
    const members = function* () {
      const group = PublicGroup.follow({ suite, groupInfo })
      for (const leaf of group.leaves()) yield { leaf, credential: group.member(leaf)!.credential }
    }
    const resync = isResync ? { resync: leafOf(members(), this.identity) } : {}
    const { group, commit } = Group.externalJoin({ ...this.client, suite, groupInfo, config: this.config, ...resync })
    this.#joined = group
    return commit
  }

  async groupInfo({ bareExternalKey }: { readonly bareExternalKey: boolean }): Promise<Uint8Array> {
    const info = this.group.groupInfo()
    if (!bareExternalKey) return info
    const extensionType = ExtensionType.of.external_pub
    const { externalPub } = findExtension(readGroupInfo(info).extensions, extensionType, ExternalPub)!
    return this.group.groupInfo({ externalPub: false, extensions: [{ extensionType, extensionData: externalPub }] })
  }

  async commit(changes: readonly Change[]): Promise<CommitMessages> {
    const requests = changes.map(change => this.#request(change))
    const { commit, welcome, leftOut } = this.group.commit(requests, { path: this.#path })
    if (leftOut.length > 0) throw new Error(`${this.identity} left out ${leftOut.length} proposals`)
    this.group.accept()
    return { commit, welcome }
  }

  async propose(change: Change): Promise<Uint8Array> {
    return this.group.propose(this.#request(change))
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

type Leaves = Iterable<{ readonly leaf: number; readonly credential: ClientDescription['credential'] }>

function leafOf(members: Leaves, identity: string): number {
  for (const { leaf, credential } of members) {
    if (credential.credentialType === 'basic' && equalPublic(credential.identity, utf8(identity))) return leaf
  }
  throw new Error(`no member ${identity}`)
}
