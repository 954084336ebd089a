/** Members run by ts-mls, a JavaScript implementation that nobody here wrote. Installed by `npm ci --prefix peers`. */
import { existsSync } from 'node:fs'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { Changes, CommitMessages, Framing, InteropMember } from './member.ts'

const entry = new URL('../../peers/node_modules/ts-mls/dist/src/index.js', import.meta.url)

export const tsMlsIsInstalled = existsSync(entry)

type Opaque = { readonly __opaque: unique symbol }
interface State {
  readonly keySchedule: { readonly epochAuthenticator: Uint8Array; readonly exporterSecret: Uint8Array }
  readonly ratchetTree: readonly (TreeNode | undefined)[]
}
interface TreeNode {
  readonly nodeType: string
  readonly leaf?: { readonly credential: { readonly identity?: Uint8Array } }
}
interface Message {
  readonly wireformat: string
  readonly welcome?: Opaque
  readonly keyPackage?: Opaque
  readonly privateMessage?: Opaque
}
type Result = { readonly kind: string; readonly newState: State; readonly message?: Uint8Array }
interface KeyPackagePair {
  readonly publicPackage: Opaque
  readonly privatePackage: Opaque
}

/** What we use of the library. */
interface TsMls {
  getCiphersuiteImpl(suite: Opaque): Promise<Suite>
  getCiphersuiteFromName(name: string): Opaque
  generateKeyPackage(
    credential: object,
    capabilities: object,
    lifetime: object,
    extensions: [],
    suite: Suite,
  ): Promise<KeyPackagePair>
  defaultCapabilities(): object
  readonly defaultLifetime: object
  createGroup(id: Uint8Array, own: Opaque, secrets: Opaque, extensions: [], suite: Suite): Promise<State>
  joinGroup(welcome: Opaque, own: Opaque, secrets: Opaque, psks: Opaque, suite: Suite): Promise<State>
  createCommit(context: object, options: object): Promise<{ newState: State; welcome?: Opaque; commit: Message }>
  createProposal(
    state: State,
    isPublic: boolean,
    proposal: object,
    suite: Suite,
  ): Promise<{ newState: State; message: Message }>
  createApplicationMessage(
    state: State,
    data: Uint8Array,
    suite: Suite,
  ): Promise<{ newState: State; privateMessage: Opaque }>
  processMessage(message: Message, state: State, psks: Opaque, accept: Opaque, suite: Suite): Promise<Result>
  mlsExporter(secret: Uint8Array, label: string, context: Uint8Array, length: number, suite: Suite): Promise<Uint8Array>
  decodeMlsMessage(bytes: Uint8Array, at: number): [Message, number] | undefined
  encodeMlsMessage(message: object): Uint8Array
  readonly emptyPskIndex: Opaque
  readonly acceptAll: Opaque
}
type Suite = Opaque

const SUITE_NAMES: Readonly<Record<number, string>> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
  4: 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448',
  6: 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448',
  // numbers of ts-mls
  83: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  84: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519',
}

class TsMlsMember implements InteropMember {
  readonly implementation = 'ts-mls'
  readonly identity: string
  readonly #library: TsMls
  readonly #suite: Suite
  readonly #own: KeyPackagePair
  #joined: State | undefined

  constructor(library: TsMls, suite: Suite, identity: string, own: KeyPackagePair) {
    this.#library = library
    this.#suite = suite
    this.identity = identity
    this.#own = own
  }

  get #state(): State {
    if (this.#joined === undefined) throw new Error(`${this.identity} is in no group`)
    return this.#joined
  }

  #encode(message: object): Uint8Array {
    return this.#library.encodeMlsMessage({ version: 'mls10', ...message })
  }

  #decode(bytes: Uint8Array): Message {
    const decoded = this.#library.decodeMlsMessage(bytes, 0)
    if (decoded === undefined || decoded[1] !== bytes.length) throw new Error('ts-mls cannot read our message')
    return decoded[0]
  }

  #leafOf(identity: string): number {
    const node = this.#state.ratchetTree.findIndex(n => {
      const bytes = n?.nodeType === 'leaf' ? n.leaf?.credential.identity : undefined
      return bytes !== undefined && toHex(bytes) === toHex(utf8(identity))
    })
    if (node < 0) throw new Error(`no member ${identity}`)
    return node / 2
  }

  #add(keyPackage: Uint8Array): object {
    return { proposalType: 'add', add: { keyPackage: this.#decode(keyPackage).keyPackage } }
  }

  #remove(identity: string): object {
    return { proposalType: 'remove', remove: { removed: this.#leafOf(identity) } }
  }

  async keyPackage(): Promise<Uint8Array> {
    return this.#encode({ wireformat: 'mls_key_package', keyPackage: this.#own.publicPackage })
  }

  async found(groupId: Uint8Array): Promise<void> {
    const { publicPackage, privatePackage } = this.#own
    this.#joined = await this.#library.createGroup(groupId, publicPackage, privatePackage, [], this.#suite)
  }

  async join(welcome: Uint8Array): Promise<void> {
    const { publicPackage, privatePackage } = this.#own
    const message = this.#decode(welcome).welcome!
    this.#joined = await this.#library.joinGroup(
      message,
      publicPackage,
      privatePackage,
      this.#library.emptyPskIndex,
      this.#suite,
    )
  }

  async commit({ adds = [], removes = [] }: Changes, { isPublic }: Framing): Promise<CommitMessages> {
    const { newState, welcome, commit } = await this.#library.createCommit(
      { state: this.#state, cipherSuite: this.#suite },
      {
        wireAsPublicMessage: isPublic,
        ratchetTreeExtension: true,
        extraProposals: [...adds.map(add => this.#add(add)), ...removes.map(identity => this.#remove(identity))],
      },
    )
    this.#joined = newState
    return {
      commit: this.#library.encodeMlsMessage(commit),
      welcome: welcome && this.#encode({ wireformat: 'mls_welcome', welcome }),
    }
  }

  async #propose(proposal: object, { isPublic }: Framing): Promise<Uint8Array> {
    const { newState, message } = await this.#library.createProposal(this.#state, isPublic, proposal, this.#suite)
    this.#joined = newState
    return this.#library.encodeMlsMessage(message)
  }

  proposeAdd(keyPackage: Uint8Array, framing: Framing): Promise<Uint8Array> {
    return this.#propose(this.#add(keyPackage), framing)
  }

  proposeRemove(identity: string, framing: Framing): Promise<Uint8Array> {
    return this.#propose(this.#remove(identity), framing)
  }

  async process(message: Uint8Array): Promise<Uint8Array | undefined> {
    const { emptyPskIndex, acceptAll } = this.#library
    const decoded = this.#decode(message)
    const result = await this.#library.processMessage(decoded, this.#state, emptyPskIndex, acceptAll, this.#suite)
    this.#joined = result.newState
    return result.kind === 'applicationMessage' ? result.message : undefined
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage } = await this.#library.createApplicationMessage(this.#state, data, this.#suite)
    this.#joined = newState
    return this.#encode({ wireformat: 'mls_private_message', privateMessage })
  }

  authenticator(): string {
    return toHex(this.#state.keySchedule.epochAuthenticator)
  }

  async exportSecret(label: string, context: Uint8Array, length: number): Promise<string> {
    const { exporterSecret } = this.#state.keySchedule
    return toHex(await this.#library.mlsExporter(exporterSecret, label, context, length, this.#suite))
  }
}

/** Makes members of one suite. */
export async function tsMlsMembers(suiteId: number): Promise<(identity: string) => Promise<InteropMember>> {
  const library = (await import(/* @vite-ignore */ entry.href)) as TsMls
  const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[suiteId]!))
  return async identity => {
    const credential = { credentialType: 'basic', identity: utf8(identity) }
    const own = await library.generateKeyPackage(
      credential,
      library.defaultCapabilities(),
      library.defaultLifetime,
      [],
      suite,
    )
    return new TsMlsMember(library, suite, identity, own)
  }
}
