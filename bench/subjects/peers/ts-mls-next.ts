/** The release candidates of ts-mls 2, whose calls take named arguments; much faster in full trees. */
import { utf8 } from '../../../src/base/bytes.ts'
import type { Change, GroupMember, GroupSubject, Newcomer, Sent, TreeDelivery } from '../group-subject.ts'
import { installedPackage, peerLoader } from './installed.ts'

type Opaque = { readonly __opaque: unique symbol }
interface State {
  readonly keySchedule: { readonly epochAuthenticator: Uint8Array }
}
interface KeyPackagePair {
  readonly publicPackage: Opaque
  readonly privatePackage: Opaque
}
type Message = { readonly welcome?: Opaque }

/** What we use of the library. */
interface TsMlsNext {
  readonly nobleCryptoProvider: Opaque
  readonly unsafeTestingAuthenticationService: Opaque
  readonly keyPackageEncoder: Opaque
  readonly keyPackageDecoder: Opaque
  readonly mlsMessageEncoder: Opaque
  readonly mlsMessageDecoder: Opaque
  readonly defaultProposalTypes: { readonly add: number; readonly remove: number }
  readonly defaultCredentialTypes: { readonly basic: number }
  readonly ratchetTreeDecoder: Opaque
  encode(encoder: Opaque, value: unknown): Uint8Array
  decode(decoder: Opaque, bytes: Uint8Array): unknown
  getCiphersuiteImpl(name: string, provider: Opaque): Promise<Opaque>
  generateKeyPackage(options: object): Promise<KeyPackagePair>
  createGroup(options: object): Promise<State>
  joinGroup(options: object): Promise<State>
  createCommit(options: object): Promise<{ newState: State; welcome: Message | undefined; commit: object }>
  createApplicationMessage(options: object): Promise<{ newState: State; message: object }>
  processMessage(options: object): Promise<{ newState: State; message?: Uint8Array }>
}

const SUITES: Readonly<Record<number, string>> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
}

interface Context {
  readonly cipherSuite: Opaque
  readonly authService: Opaque
}

class TsMlsNextMember implements GroupMember {
  readonly #library: TsMlsNext
  readonly #context: Context
  #state: State

  constructor(library: TsMlsNext, context: Context, state: State) {
    this.#library = library
    this.#context = context
    this.#state = state
  }

  #proposals(change: Change): object[] {
    const { defaultProposalTypes, keyPackageDecoder, decode } = this.#library
    switch (change.kind) {
      case 'update':
        return []
      case 'add':
        return change.keyPackages.map(bytes => {
          const keyPackage = decode(keyPackageDecoder, bytes)
          return { proposalType: defaultProposalTypes.add, add: { keyPackage } }
        })
      case 'remove':
        return [{ proposalType: defaultProposalTypes.remove, remove: { removed: change.leaf } }]
    }
  }

  async commit(change: Change, tree: TreeDelivery): Promise<Sent> {
    const { createCommit, encode, mlsMessageEncoder } = this.#library
    const { newState, welcome, commit } = await createCommit({
      context: this.#context,
      state: this.#state,
      extraProposals: this.#proposals(change),
      ratchetTreeExtension: tree === 'inside',
    })
    this.#state = newState
    return { commit: encode(mlsMessageEncoder, commit), welcome: welcome && encode(mlsMessageEncoder, welcome) }
  }

  async #process(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const message = decodeMessage(this.#library, bytes)
    const processed = await this.#library.processMessage({ context: this.#context, state: this.#state, message })
    this.#state = processed.newState
    return processed.message
  }

  async process(commit: Uint8Array): Promise<void> {
    await this.#process(commit)
  }

  async encrypt(message: Uint8Array): Promise<Uint8Array> {
    const { createApplicationMessage, encode, mlsMessageEncoder } = this.#library
    const created = await createApplicationMessage({ context: this.#context, state: this.#state, message })
    this.#state = created.newState
    return encode(mlsMessageEncoder, created.message)
  }

  async decrypt(message: Uint8Array): Promise<Uint8Array> {
    const data = await this.#process(message)
    if (data === undefined) throw new Error('not a message of an application')
    return data
  }

  epochAuthenticator(): Uint8Array {
    return this.#state.keySchedule.epochAuthenticator
  }
}

function decodeMessage({ decode, mlsMessageDecoder }: TsMlsNext, bytes: Uint8Array): Message {
  const message = decode(mlsMessageDecoder, bytes)
  if (message === undefined) throw new Error('ts-mls cannot read the message')
  return message as Message
}

function keyPackageOf(library: TsMlsNext, { cipherSuite }: Context, identity: string): Promise<KeyPackagePair> {
  const credential = { credentialType: library.defaultCredentialTypes.basic, identity: utf8(identity) }
  return library.generateKeyPackage({ credential, cipherSuite })
}

async function newcomer(library: TsMlsNext, context: Context, identity: string): Promise<Newcomer> {
  const { publicPackage, privatePackage } = await keyPackageOf(library, context, identity)
  return {
    keyPackage: library.encode(library.keyPackageEncoder, publicPackage),
    async join(welcome, tree) {
      const state = await library.joinGroup({
        context,
        welcome: decodeMessage(library, welcome).welcome,
        keyPackage: publicPackage,
        privateKeys: privatePackage,
        ...(tree === undefined ? {} : { ratchetTree: library.decode(library.ratchetTreeDecoder, tree) }),
      })
      return new TsMlsNextMember(library, context, state)
    },
  }
}

async function load(): Promise<GroupSubject> {
  const installed = installedPackage('peers', 'ts-mls-next')
  const main = (await installed.load('dist/src/index.js')) as TsMlsNext
  const trees = (await installed.load('dist/src/ratchetTree.js')) as Pick<TsMlsNext, 'ratchetTreeDecoder'>
  const library: TsMlsNext = { ...main, ratchetTreeDecoder: trees.ratchetTreeDecoder }
  const contextOf = async (id: number): Promise<Context> => ({
    cipherSuite: await library.getCiphersuiteImpl(SUITES[id]!, library.nobleCryptoProvider),
    authService: library.unsafeTestingAuthenticationService,
  })
  return {
    name: 'ts-mls 2 rc',
    version: `ts-mls ${installed.version}`,
    suites: [1, 3],
    maxMembers: 10_000,
    abilities: new Set(['update', 'add', 'add many', 'remove', 'join again', 'messages']),
    notes: [
      'a release candidate, with its noble provider; a commit that only adds or removes renews no keys, the latter against RFC 9420 section 12.4.',
    ],
    newcomer: async (id, identity) => newcomer(library, await contextOf(id), identity),
    async found(id, identity) {
      const context = await contextOf(id)
      const { publicPackage: keyPackage, privatePackage: privateKeyPackage } = await keyPackageOf(
        library,
        context,
        identity,
      )
      const groupId = utf8(`group of ${identity}`)
      const state = await library.createGroup({ context, groupId, keyPackage, privateKeyPackage })
      return new TsMlsNextMember(library, context, state)
    },
  }
}

export const loadTsMlsNext = peerLoader('ts-mls 2 rc', load)
