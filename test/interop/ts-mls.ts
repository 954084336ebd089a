/** Members run by ts-mls. */
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { ExternalPub } from '../../src/mls/extension.ts'
import { type Change, type CommitMessages, type Framing, type InteropMember, PRIVATE_EXTENSION } from './member.ts'
import {
  type KeyPackagePair,
  loadTsMls,
  type Message,
  type Opaque,
  type State,
  SUITE_NAMES,
  type Suite,
  type TsMls,
  type TsMlsInside,
} from './ts-mls-library.ts'

interface Parts {
  readonly library: TsMls
  readonly inside: TsMlsInside
  readonly suite: Suite
  readonly identity: string
  readonly own: KeyPackagePair
}

export class TsMlsMember implements InteropMember {
  readonly implementation = 'ts-mls'
  readonly canProposeUpdates = false
  readonly canCommitExtensions = false
  readonly hasBareExternalKey = true
  readonly identity: string
  readonly own: KeyPackagePair
  readonly #library: TsMls
  readonly #inside: TsMlsInside
  readonly #suite: Suite
  readonly #psks: Record<string, Uint8Array> = {}
  #joined: State | undefined

  constructor({ library, inside, suite, identity, own }: Parts) {
    this.#library = library
    this.#inside = inside
    this.#suite = suite
    this.identity = identity
    this.own = own
  }

  get state(): State {
    if (this.#joined === undefined) throw new Error(`${this.identity} is in no group`)
    return this.#joined
  }

  /** Goes on in a state that a test has made. */
  set state(state: State) {
    this.#joined = state
  }

  get epoch(): bigint {
    return this.state.groupContext.epoch
  }

  get leaf(): number {
    return this.state.privatePath.leafIndex
  }

  get #index(): Opaque {
    return this.#library.makePskIndex(this.#joined, this.#psks)
  }

  encode(message: object): Uint8Array {
    return this.#library.encodeMlsMessage({ version: 'mls10', ...message })
  }

  decode(bytes: Uint8Array): Message {
    const decoded = this.#library.decodeMlsMessage(bytes, 0)
    if (decoded === undefined || decoded[1] !== bytes.length) throw new Error('ts-mls cannot read our message')
    return decoded[0]
  }

  #leafOf(identity: string): number {
    const node = this.state.ratchetTree.findIndex(n => {
      const bytes = n?.nodeType === 'leaf' ? n.leaf?.credential.identity : undefined
      return bytes !== undefined && toHex(bytes) === toHex(utf8(identity))
    })
    if (node < 0) throw new Error(`no member ${identity}`)
    return node / 2
  }

  #proposal(change: Change): object {
    const pskNonce = this.#suite.rng.randomBytes(this.#suite.kdf.size)
    const { groupId: pskGroupId } = this.state.groupContext
    switch (change.kind) {
      case 'add':
        return { proposalType: 'add', add: { keyPackage: this.decode(change.keyPackage).keyPackage } }
      case 'remove':
        return { proposalType: 'remove', remove: { removed: this.#leafOf(change.identity) } }
      case 'psk':
        return { proposalType: 'psk', psk: { preSharedKeyId: { psktype: 'external', pskId: change.id, pskNonce } } }
      case 'resumption': {
        const { epoch: pskEpoch } = change
        const preSharedKeyId = { psktype: 'resumption', usage: 'application', pskGroupId, pskEpoch, pskNonce }
        return { proposalType: 'psk', psk: { preSharedKeyId } }
      }
      case 'extensions': {
        const extensions = change.extensions.map(({ type, data }) => ({ extensionType: type, extensionData: data }))
        return { proposalType: 'group_context_extensions', groupContextExtensions: { extensions } }
      }
      case 'update':
        throw new Error('ts-mls does not make Updates')
    }
  }

  learn(id: Uint8Array, secret: Uint8Array): void {
    this.#psks[this.#library.bytesToBase64(id)] = secret
  }

  async keyPackage(): Promise<Uint8Array> {
    return this.encode({ wireformat: 'mls_key_package', keyPackage: this.own.publicPackage })
  }

  async found(groupId: Uint8Array): Promise<void> {
    const { publicPackage, privatePackage } = this.own
    this.#joined = await this.#library.createGroup(groupId, publicPackage, privatePackage, [], this.#suite)
  }

  async join(welcome: Uint8Array): Promise<void> {
    const { publicPackage, privatePackage } = this.own
    const message = this.decode(welcome).welcome!
    this.#joined = await this.#library.joinGroup(message, publicPackage, privatePackage, this.#index, this.#suite)
  }

  async externalJoin(groupInfo: Uint8Array, isResync: boolean): Promise<Uint8Array> {
    const { privatePackage, publicPackage } = this.own
    const keys = {
      signKey: privatePackage.signaturePrivateKey,
      publicKey: publicPackage.leafNode.signaturePublicKey,
    }
    const { defaultLifetime, generateKeyPackageWithKey, joinGroupExternal } = this.#library
    const fresh = await generateKeyPackageWithKey(
      { credentialType: 'basic', identity: utf8(this.identity) },
      capabilitiesOf(this.#library),
      defaultLifetime,
      [],
      keys,
      this.#suite,
    )
    const info = this.decode(groupInfo).groupInfo!
    const joined = await joinGroupExternal(info, fresh.publicPackage, fresh.privatePackage, isResync, this.#suite)
    this.#joined = joined.newState
    return this.encode({ wireformat: 'mls_public_message', publicMessage: joined.publicMessage })
  }

  async groupInfo({ bareExternalKey }: { readonly bareExternalKey: boolean }): Promise<Uint8Array> {
    const { state } = this
    const suite = this.#suite
    if (bareExternalKey) {
      const groupInfo = await this.#library.createGroupInfoWithExternalPubAndRatchetTree(state, [], suite)
      return this.encode({ wireformat: 'mls_group_info', groupInfo })
    }
    const { publicKey } = await suite.hpke.deriveKeyPair(state.keySchedule.externalSecret)
    const extensionData = encode(ExternalPub, { externalPub: await suite.hpke.exportPublicKey(publicKey) })
    const extensions = [{ extensionType: 'external_pub', extensionData }]
    const { groupContext, confirmationTag, ratchetTree } = state
    const { createGroupInfoWithRatchetTree } = this.#inside
    const parts = [groupContext, confirmationTag, state, ratchetTree, extensions, suite] as const
    return this.encode({ wireformat: 'mls_group_info', groupInfo: await createGroupInfoWithRatchetTree(...parts) })
  }

  async commit(changes: readonly Change[], { isPublic }: Framing): Promise<CommitMessages> {
    const { newState, welcome, commit } = await this.#library.createCommit(
      { state: this.state, cipherSuite: this.#suite, pskIndex: this.#index },
      {
        wireAsPublicMessage: isPublic,
        ratchetTreeExtension: true,
        extraProposals: changes.map(change => this.#proposal(change)),
      },
    )
    this.#joined = newState
    return {
      commit: this.#library.encodeMlsMessage(commit),
      welcome: welcome && this.encode({ wireformat: 'mls_welcome', welcome }),
    }
  }

  async propose(change: Change, { isPublic }: Framing): Promise<Uint8Array> {
    const proposal = this.#proposal(change)
    const { newState, message } = await this.#library.createProposal(this.state, isPublic, proposal, this.#suite)
    this.#joined = newState
    return this.#library.encodeMlsMessage(message)
  }

  async process(message: Uint8Array): Promise<Uint8Array | undefined> {
    const decoded = this.decode(message)
    // not its processMessage, which forgets the pre-shared keys where the message is private
    const { processPublicMessage, processPrivateMessage } = this.#library
    const result =
      decoded.publicMessage === undefined
        ? await processPrivateMessage(this.state, decoded.privateMessage!, this.#index, this.#suite)
        : await processPublicMessage(this.state, decoded.publicMessage, this.#index, this.#suite)
    this.#joined = result.newState
    return result.kind === 'applicationMessage' ? result.message : undefined
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage } = await this.#library.createApplicationMessage(this.state, data, this.#suite)
    this.#joined = newState
    return this.encode({ wireformat: 'mls_private_message', privateMessage })
  }

  authenticator(): string {
    return toHex(this.state.keySchedule.epochAuthenticator)
  }

  async exportSecret(label: string, context: Uint8Array, length: number): Promise<string> {
    const { exporterSecret } = this.state.keySchedule
    return toHex(await this.#library.mlsExporter(exporterSecret, label, context, length, this.#suite))
  }
}

/** What its members support, and the extension of these tests. */
function capabilitiesOf({ defaultCapabilities }: TsMls): object {
  const all = defaultCapabilities()
  return { ...all, extensions: [...all.extensions, PRIVATE_EXTENSION] }
}

/** Makes members of one suite. */
export async function tsMlsMembers(suiteId: number): Promise<(identity: string) => Promise<TsMlsMember>> {
  const { library, inside } = await loadTsMls()
  const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[suiteId]!))
  return async identity => {
    const credential = { credentialType: 'basic', identity: utf8(identity) }
    const { defaultLifetime } = library
    const own = await library.generateKeyPackage(credential, capabilitiesOf(library), defaultLifetime, [], suite)
    return new TsMlsMember({ library, inside, suite, identity, own })
  }
}
