/** ts-mls, a JavaScript implementation that nobody here wrote, as far as we use it. Installed by `npm ci --prefix peers`. */
import { existsSync } from 'node:fs'

const folder = new URL('../../peers/node_modules/ts-mls/dist/src/', import.meta.url)

export const tsMlsIsInstalled = existsSync(new URL('index.js', folder))

export type Opaque = { readonly __opaque: unique symbol }
export type Suite = Opaque & {
  readonly kdf: { readonly size: number }
  readonly rng: { randomBytes(n: number): Uint8Array }
  readonly hpke: {
    deriveKeyPair(secret: Uint8Array): Promise<{ readonly publicKey: Opaque }>
    exportPublicKey(key: Opaque): Promise<Uint8Array>
  }
}

export interface State {
  readonly keySchedule: {
    readonly epochAuthenticator: Uint8Array
    readonly exporterSecret: Uint8Array
    readonly externalSecret: Uint8Array
  }
  readonly groupContext: { readonly epoch: bigint; readonly groupId: Uint8Array }
  readonly confirmationTag: Uint8Array
  readonly privatePath: { readonly leafIndex: number }
  readonly ratchetTree: readonly (TreeNode | undefined)[]
}

interface TreeNode {
  readonly nodeType: string
  readonly leaf?: { readonly credential: { readonly identity?: Uint8Array } }
}

export interface Message {
  readonly wireformat: string
  readonly welcome?: Opaque
  readonly keyPackage?: Opaque
  readonly publicMessage?: Opaque
  readonly privateMessage?: Opaque
  readonly groupInfo?: Opaque
}

export interface KeyPackagePair {
  readonly publicPackage: Opaque & { readonly leafNode: { readonly signaturePublicKey: Uint8Array } }
  readonly privatePackage: Opaque & { readonly signaturePrivateKey: Uint8Array }
}

export interface Committed {
  readonly newState: State
  readonly welcome?: Opaque
  readonly commit: Message
}

type Result = { readonly kind?: string; readonly newState: State; readonly message?: Uint8Array }

/** What we use of the library. */
export interface TsMls {
  getCiphersuiteImpl(suite: Opaque): Promise<Suite>
  getCiphersuiteFromName(name: string): Opaque
  generateKeyPackage(
    credential: object,
    capabilities: object,
    lifetime: object,
    extensions: [],
    suite: Suite,
  ): Promise<KeyPackagePair>
  generateKeyPackageWithKey(
    credential: object,
    capabilities: object,
    lifetime: object,
    extensions: [],
    keys: { readonly signKey: Uint8Array; readonly publicKey: Uint8Array },
    suite: Suite,
  ): Promise<KeyPackagePair>
  defaultCapabilities(): { readonly extensions: readonly unknown[] }
  readonly defaultLifetime: object
  createGroup(id: Uint8Array, own: Opaque, secrets: Opaque, extensions: [], suite: Suite): Promise<State>
  joinGroup(
    welcome: Opaque,
    own: Opaque,
    secrets: Opaque,
    psks: Opaque,
    suite: Suite,
    tree?: State['ratchetTree'],
  ): Promise<State>
  joinGroupExternal(
    info: Opaque,
    own: Opaque,
    secrets: Opaque,
    resync: boolean,
    suite: Suite,
  ): Promise<{ readonly publicMessage: object; readonly newState: State }>
  createGroupInfoWithExternalPubAndRatchetTree(state: State, extensions: [], suite: Suite): Promise<Opaque>
  createCommit(context: object, options: object): Promise<Committed>
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
  processPublicMessage(state: State, message: Opaque, psks: Opaque, suite: Suite): Promise<Result>
  processPrivateMessage(state: State, message: Opaque, psks: Opaque, suite: Suite): Promise<Result>
  mlsExporter(secret: Uint8Array, label: string, context: Uint8Array, length: number, suite: Suite): Promise<Uint8Array>
  decodeMlsMessage(bytes: Uint8Array, at: number): [Message, number] | undefined
  encodeMlsMessage(message: object): Uint8Array
  makePskIndex(state: State | undefined, external: Readonly<Record<string, Uint8Array>>): Opaque
  bytesToBase64(bytes: Uint8Array): string
  reinitGroup(
    state: State,
    groupId: Uint8Array,
    version: string,
    suite: string,
    extensions: [],
    implementation: Suite,
  ): Promise<Committed>
  reinitCreateNewGroup(
    state: State,
    own: Opaque,
    secrets: Opaque,
    members: readonly Opaque[],
    groupId: Uint8Array,
    suite: string,
    extensions: [],
  ): Promise<Committed>
  branchGroup(
    state: State,
    own: Opaque,
    secrets: Opaque,
    members: readonly Opaque[],
    groupId: Uint8Array,
    suite: Suite,
  ): Promise<Committed>
  joinGroupFromReinit(
    state: State,
    welcome: Opaque,
    own: Opaque,
    secrets: Opaque,
    tree: State['ratchetTree'] | undefined,
  ): Promise<State>
  joinGroupFromBranch(
    state: State,
    welcome: Opaque,
    own: Opaque,
    secrets: Opaque,
    tree: State['ratchetTree'] | undefined,
    suite: Suite,
  ): Promise<State>
}

/** What it does not export. */
export interface TsMlsInside {
  createGroupInfoWithRatchetTree(
    context: State['groupContext'],
    confirmationTag: Uint8Array,
    state: State,
    tree: State['ratchetTree'],
    extensions: readonly object[],
    suite: Suite,
  ): Promise<Opaque>
  /** Writes a tree. */
  encodeTree(tree: State['ratchetTree']): Uint8Array
}

export const SUITE_NAMES: Readonly<Record<number, string>> = {
  1: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  3: 'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
  4: 'MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448',
  6: 'MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448',
  // numbers of ts-mls
  83: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  84: 'MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519',
}

/** One of its files. */
export function loadTsMlsFile(file: string): Promise<unknown> {
  return import(/* @vite-ignore */ new URL(file, folder).href)
}

/** Loads it. */
export async function loadTsMls(): Promise<{ readonly library: TsMls; readonly inside: TsMlsInside }> {
  const library = (await loadTsMlsFile('index.js')) as TsMls
  const commits = (await loadTsMlsFile('createCommit.js')) as TsMlsInside
  const trees = (await loadTsMlsFile('ratchetTree.js')) as { readonly ratchetTreeEncoder: Opaque }
  const codec = (await loadTsMlsFile('codec/tlsEncoder.js')) as { encode(of: Opaque): (value: object) => Uint8Array }
  const { createGroupInfoWithRatchetTree } = commits
  return { library, inside: { createGroupInfoWithRatchetTree, encodeTree: codec.encode(trees.ratchetTreeEncoder) } }
}
