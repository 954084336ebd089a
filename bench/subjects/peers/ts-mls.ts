/** ts-mls 1.6: written in TypeScript; everything is asynchronous and states are values. */
import { utf8 } from '../../../src/base/bytes.ts'
import type { Change, GroupMember, GroupSubject, Newcomer, Sent, TreeDelivery } from '../group-subject.ts'
import { installedPackage, peerLoader, unwrapKeyPackage, wrapKeyPackage } from './installed.ts'

type Opaque = { readonly __opaque: unique symbol }
interface State {
  readonly keySchedule: { readonly epochAuthenticator: Uint8Array }
}
interface Message {
  readonly welcome?: Opaque
  readonly keyPackage?: Opaque
  readonly privateMessage?: Opaque
}
interface KeyPackagePair {
  readonly publicPackage: Opaque
  readonly privatePackage: Opaque
}

/** What we use of the library. */
interface TsMls {
  readonly nobleCryptoProvider: Opaque
  readonly defaultLifetime: object
  readonly emptyPskIndex: Opaque
  readonly acceptAll: Opaque
  defaultCapabilities(): object
  getCiphersuiteFromName(name: string): Opaque
  getCiphersuiteImpl(suite: Opaque, provider: Opaque): Promise<Opaque>
  generateKeyPackage(who: object, can: object, lifetime: object, extensions: [], suite: Opaque): Promise<KeyPackagePair>
  createGroup(id: Uint8Array, own: Opaque, secrets: Opaque, extensions: [], suite: Opaque): Promise<State>
  joinGroup(
    welcome: Opaque,
    own: Opaque,
    secrets: Opaque,
    psks: Opaque,
    suite: Opaque,
    tree: Opaque | undefined,
  ): Promise<State>
  decodeRatchetTree(bytes: Uint8Array, at: number): [Opaque, number] | undefined
  createCommit(
    context: { state: State; cipherSuite: Opaque },
    options: object,
  ): Promise<{ newState: State; welcome: Opaque | undefined; commit: object }>
  createApplicationMessage(
    state: State,
    data: Uint8Array,
    suite: Opaque,
  ): Promise<{ newState: State; privateMessage: Opaque }>
  processMessage(
    message: Message,
    state: State,
    psks: Opaque,
    accept: Opaque,
    suite: Opaque,
  ): Promise<{ newState: State; message?: Uint8Array }>
  decodeMlsMessage(bytes: Uint8Array, at: number): [Message, number] | undefined
  encodeMlsMessage(message: object): Uint8Array
}

const SUITES: Readonly<Record<number, string>> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
}

class TsMlsMember implements GroupMember {
  readonly #library: TsMls
  readonly #suite: Opaque
  #state: State

  constructor(library: TsMls, suite: Opaque, state: State) {
    this.#library = library
    this.#suite = suite
    this.#state = state
  }

  #proposals(change: Change): object[] {
    switch (change.kind) {
      case 'update':
        return []
      case 'add':
        return change.keyPackages.map(bytes => {
          const { keyPackage } = decode(this.#library, wrapKeyPackage(bytes))
          return { proposalType: 'add', add: { keyPackage } }
        })
      case 'remove':
        return [{ proposalType: 'remove', remove: { removed: change.leaf } }]
    }
  }

  async commit(change: Change, tree: TreeDelivery): Promise<Sent> {
    const { newState, welcome, commit } = await this.#library.createCommit(
      { state: this.#state, cipherSuite: this.#suite },
      { extraProposals: this.#proposals(change), ratchetTreeExtension: tree === 'inside' },
    )
    this.#state = newState
    return {
      commit: this.#library.encodeMlsMessage(commit),
      welcome: welcome && encode(this.#library, 'mls_welcome', { welcome }),
    }
  }

  async #process(message: Uint8Array): Promise<Uint8Array | undefined> {
    const { processMessage, emptyPskIndex, acceptAll } = this.#library
    const decoded = decode(this.#library, message)
    const processed = await processMessage(decoded, this.#state, emptyPskIndex, acceptAll, this.#suite)
    this.#state = processed.newState
    return processed.message
  }

  async process(commit: Uint8Array): Promise<void> {
    await this.#process(commit)
  }

  async encrypt(data: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage } = await this.#library.createApplicationMessage(this.#state, data, this.#suite)
    this.#state = newState
    return encode(this.#library, 'mls_private_message', { privateMessage })
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

function encode(library: TsMls, wireformat: string, content: object): Uint8Array {
  return library.encodeMlsMessage({ version: 'mls10', wireformat, ...content })
}

function decode(library: TsMls, bytes: Uint8Array): Message {
  const decoded = library.decodeMlsMessage(bytes, 0)
  if (decoded === undefined) throw new Error('ts-mls cannot read the message')
  return decoded[0]
}

async function newcomer(library: TsMls, suite: Opaque, identity: string): Promise<Newcomer & { pair: KeyPackagePair }> {
  const credential = { credentialType: 'basic', identity: utf8(identity) }
  const { defaultCapabilities, defaultLifetime, emptyPskIndex } = library
  const pair = await library.generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite)
  const { publicPackage, privatePackage } = pair
  return {
    pair,
    keyPackage: unwrapKeyPackage(encode(library, 'mls_key_package', { keyPackage: publicPackage })),
    async join(welcome, tree) {
      const message = decode(library, welcome).welcome!
      const ratchetTree = tree && library.decodeRatchetTree(tree, 0)?.[0]
      const own = [publicPackage, privatePackage] as const
      const state = await library.joinGroup(message, ...own, emptyPskIndex, suite, ratchetTree)
      return new TsMlsMember(library, suite, state)
    },
  }
}

async function load(): Promise<GroupSubject> {
  const installed = installedPackage('peers', 'ts-mls')
  const main = (await installed.load('dist/src/index.js')) as TsMls
  const trees = (await installed.load('dist/src/ratchetTree.js')) as Pick<TsMls, 'decodeRatchetTree'>
  const library: TsMls = { ...main, decodeRatchetTree: trees.decodeRatchetTree }
  const suiteOf = (id: number): Promise<Opaque> =>
    library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITES[id]!), library.nobleCryptoProvider)
  return {
    name: 'ts-mls',
    version: `ts-mls ${installed.version}`,
    suites: [1, 3],
    // far above, it runs out of stack
    maxMembers: 1000,
    abilities: new Set(['update', 'add', 'add many', 'remove', 'join again', 'messages']),
    notes: [
      'with its noble provider, which is faster at commits than the one on WebCrypto; a commit that only adds renews no keys.',
    ],
    newcomer: async (id, identity) => newcomer(library, await suiteOf(id), identity),
    async found(id, identity) {
      const suite = await suiteOf(id)
      const { publicPackage, privatePackage } = (await newcomer(library, suite, identity)).pair
      const state = await library.createGroup(utf8(`group of ${identity}`), publicPackage, privatePackage, [], suite)
      return new TsMlsMember(library, suite, state)
    },
  }
}

export const loadTsMls = peerLoader('ts-mls', load)
