/** core-crypto: OpenMLS (Rust) as Wire ships it, compiled to WebAssembly; state in its database in memory. GPL-3.0, so installed apart. */
import { readFileSync } from 'node:fs'
import { decode } from '../../../src/codec/codec.ts'
import { GroupInfo } from '../../../src/mls/group-info.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import { RatchetTree } from '../../../src/mls/tree-structs.ts'
import type { Change, GroupMember, GroupSubject, Newcomer, Sent } from '../group-subject.ts'
import { installedPackage, peerLoader } from './installed.ts'

type Opaque = { readonly __opaque: unique symbol }
interface Bytes {
  copyBytes(): Uint8Array
}
interface Serializable {
  serialize(): Uint8Array
}
interface CommitBundle {
  readonly commit: Uint8Array
  readonly groupInfo: { readonly payload: Uint8Array }
  readonly welcome?: Serializable
}

/** The calls of a transaction that we use. */
interface Context {
  mlsInit(client: Opaque, transport: object): Promise<void>
  addCredential(credential: Opaque): Promise<Opaque>
  generateKeyPackage(credential: Opaque): Promise<Serializable>
  createConversation(id: Opaque, credential: Opaque): Promise<void>
  processWelcomeMessage(welcome: Opaque): Promise<Opaque>
  addClientsToConversation(id: Opaque, keyPackages: readonly Opaque[]): Promise<void>
  removeClientsFromConversation(id: Opaque, clients: readonly Opaque[]): Promise<void>
  updateKeyingMaterial(id: Opaque): Promise<void>
  decryptMessage(id: Opaque, message: Uint8Array): Promise<{ readonly inner: { readonly plaintext?: Uint8Array } }>
  encryptMessage(id: Opaque, message: Uint8Array): Promise<Uint8Array>
}
interface Core {
  transaction<T>(run: (context: Context) => Promise<T>): Promise<T>
  exportSecretKey(id: Opaque, length: number): Promise<Bytes>
}

/** What we use of the library. */
interface CoreCryptoLibrary {
  initWasmModule(address: string): Promise<void>
  readonly CoreCrypto: { new: (database: Opaque) => Core }
  readonly Database: { inMemory(): Promise<Opaque> }
  readonly Credential: { basic(suite: number, client: Opaque): Opaque }
  readonly ClientId: new (user: Opaque, device: Opaque, domain: string) => Opaque
  readonly Uuid: new (text: string) => Opaque
  readonly DeviceId: new (number: bigint) => Opaque
  readonly KeyPackage: new (bytes: Uint8Array) => Opaque
  readonly Welcome: new (bytes: Uint8Array) => Opaque
  readonly ConversationId: new (bytes: Uint8Array) => Opaque
}

/** Clients are named in a way of its own: user, device and domain. */
const IDENTITY = /^([0-9a-f-]{36}):([0-9a-f]{1,16})@(.+)$/

function clientOf({ ClientId, Uuid, DeviceId }: CoreCryptoLibrary, identity: string): Opaque {
  const [, user, device, domain] = IDENTITY.exec(identity) ?? []
  if (user === undefined) throw new Error(`core-crypto has no name for the client "${identity}"`)
  return new ClientId(new Uuid(user), new DeviceId(BigInt(`0x${device}`)), domain!)
}

/** The identities of a group from left to right, undefined for blank leaves. */
function identitiesIn(groupInfo: Uint8Array): (string | undefined)[] {
  // some versions put an outer message around it
  const isMessage = groupInfo[3] === 4
  const { extensions } = decode(GroupInfo, isMessage ? groupInfo.subarray(4) : groupInfo)
  const extension = extensions.find(({ extensionType }) => extensionType === ExtensionType.of.ratchet_tree)
  if (extension === undefined) return []
  const nodes = decode(RatchetTree, extension.extensionData)
  return nodes.flatMap((node, i) => {
    if (i % 2 === 1) return []
    const credential = node?.nodeType === 'leaf' ? node.leafNode.credential : undefined
    return [credential?.credentialType === 'basic' ? new TextDecoder().decode(credential.identity) : undefined]
  })
}

/** A client with its database. */
interface Client {
  readonly library: CoreCryptoLibrary
  readonly core: Core
  readonly credential: Opaque
  readonly sent: CommitBundle[]
}

let clients = 0

/** Its errors say what happened deep inside. */
async function transaction<T>({ core }: Pick<Client, 'core'>, run: (context: Context) => Promise<T>): Promise<T> {
  try {
    return await core.transaction(run)
  } catch (cause) {
    const { inner } = cause as { inner?: unknown }
    const words = /"msg":"((?:[^"\\]|\\.)*)"/.exec(
      JSON.stringify(inner ?? {}, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
    if (words === null) throw cause
    throw new Error(words[1], { cause })
  }
}

async function createClient(library: CoreCryptoLibrary, suite: number): Promise<Client> {
  const core = library.CoreCrypto.new(await library.Database.inMemory())
  const sent: CommitBundle[] = []
  const transport = {
    sendCommitBundle: async (bundle: CommitBundle) => void sent.push(bundle),
    prepareForTransport: async () => {
      throw new Error('no history is shared here')
    },
  }
  clients++
  const client = clientOf(library, `00000000-0000-4000-8000-${String(clients).padStart(12, '0')}:1@example.org`)
  const credential = await transaction({ core }, async context => {
    await context.mlsInit(client, transport)
    return context.addCredential(library.Credential.basic(suite, client))
  })
  return { library, core, credential, sent }
}

class CoreCryptoMember implements GroupMember {
  readonly #client: Client
  readonly #group: Opaque
  #lastSent: CommitBundle | undefined
  /** It removes clients and not leaves; where they are is read from the group info that it makes with each commit. */
  #identities: readonly (string | undefined)[] = []

  constructor(client: Client, group: Opaque) {
    this.#client = client
    this.#group = group
  }

  async commit(change: Change): Promise<Sent> {
    const { library, sent } = this.#client
    await transaction(this.#client, async context => {
      switch (change.kind) {
        case 'update':
          return context.updateKeyingMaterial(this.#group)
        case 'add': {
          const keyPackages = change.keyPackages.map(bytes => new library.KeyPackage(bytes))
          return context.addClientsToConversation(this.#group, keyPackages)
        }
        case 'remove': {
          const identity = this.#identities[change.leaf]
          if (identity === undefined) throw new Error('core-crypto has not committed here before, or the leaf is blank')
          return context.removeClientsFromConversation(this.#group, [clientOf(library, identity)])
        }
      }
    })
    const bundle = sent.pop()
    if (bundle === undefined) throw new Error('core-crypto has sent nothing')
    this.#lastSent = bundle
    return { commit: bundle.commit, welcome: bundle.welcome?.serialize() }
  }

  async process(commit: Uint8Array): Promise<void> {
    await transaction(this.#client, context => context.decryptMessage(this.#group, commit))
  }

  encrypt(data: Uint8Array): Promise<Uint8Array> {
    return transaction(this.#client, context => context.encryptMessage(this.#group, data))
  }

  async decrypt(message: Uint8Array): Promise<Uint8Array> {
    const decrypted = await transaction(this.#client, context => context.decryptMessage(this.#group, message))
    if (decrypted.inner.plaintext === undefined) throw new Error('not a message of an application')
    return decrypted.inner.plaintext
  }

  /** It does not give the authenticator itself; what it exports differs in each epoch too. Not timed, so the tree is read here. */
  async epochAuthenticator(): Promise<Uint8Array> {
    if (this.#lastSent !== undefined) this.#identities = identitiesIn(this.#lastSent.groupInfo.payload)
    return (await this.#client.core.exportSecretKey(this.#group, 32)).copyBytes()
  }
}

async function newcomer(library: CoreCryptoLibrary, suite: number): Promise<Newcomer> {
  const client = await createClient(library, suite)
  const { credential } = client
  const keyPackage = (await transaction(client, context => context.generateKeyPackage(credential))).serialize()
  let hasJoined = false
  return {
    keyPackage,
    async join(welcome) {
      if (hasJoined) throw new Error('a key package of core-crypto is used up by the first who joins')
      hasJoined = true
      const group = await transaction(client, context => context.processWelcomeMessage(new library.Welcome(welcome)))
      return new CoreCryptoMember(client, group)
    },
  }
}

/** The build for browsers: it looks for a window, and fetches its module from an address. */
async function load(): Promise<GroupSubject> {
  const installed = installedPackage('peers/gpl', '@wireapp/core-crypto')
  const surroundings = globalThis as { window?: unknown }
  surroundings.window ??= globalThis
  const library = (await installed.load('dist/browser/corecrypto.js')) as CoreCryptoLibrary
  const module = readFileSync(installed.pathOf('dist/browser/autogenerated/wasm-bindgen/index_bg.wasm'))
  await library.initWasmModule(`data:application/wasm;base64,${module.toString('base64')}`)
  return {
    name: 'core-crypto',
    version: `@wireapp/core-crypto ${installed.version} (OpenMLS, Wasm)`,
    suites: [1, 3],
    maxMembers: 10_000,
    abilities: new Set(['update', 'add', 'add many', 'remove', 'messages']),
    notes: [
      'OpenMLS in WebAssembly with its database in memory; each call is a transaction, and each commit makes a group info with the whole tree. A commit that only adds renews no keys. Its native build needs glibc 2.38 and is not measured.',
    ],
    newcomer: suite => newcomer(library, suite),
    async found(suite, name) {
      const client = await createClient(library, suite)
      const group = new library.ConversationId(new TextEncoder().encode(`group of ${name}`))
      await transaction(client, context => context.createConversation(group, client.credential))
      return new CoreCryptoMember(client, group)
    },
  }
}

export const loadCoreCrypto = peerLoader('core-crypto', load)
