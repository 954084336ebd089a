/** Invitations as an insider makes them who holds every member's keys: a change to any part is hashed, tied, signed, tagged and encrypted. */
import { concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import { decode, encode } from '../../../src/codec/codec.ts'
import { opaque } from '../../../src/codec/primitives.ts'
import type { KeyPair } from '../../../src/crypto/kem.ts'
import type { Signer } from '../../../src/crypto/provider.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import { type Extension, ExternalPub, makeExtension } from '../../../src/mls/extension.ts'
import { GroupContext } from '../../../src/mls/group-context.ts'
import { GroupInfo, GroupInfoTBS } from '../../../src/mls/group-info.ts'
import {
  confirmationTag,
  deriveFromJoiner,
  externalKeyPair,
  welcomeKey,
  welcomeSecretOf,
} from '../../../src/mls/key-schedule.ts'
import type { LeafNode } from '../../../src/mls/leaf-node.ts'
import { type LeafContent, type LeafPlace, signLeaf } from '../../../src/mls/leaf-signature.ts'
import { MLSMessage } from '../../../src/mls/message.ts'
import type { PreSharedKeyID } from '../../../src/mls/psk.ts'
import { pskSecret } from '../../../src/mls/psk-secret.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import { RatchetTree } from '../../../src/mls/tree-structs.ts'
import { GroupSecrets, type Welcome } from '../../../src/mls/welcome.ts'
import { tieTree } from '../forge.ts'
import { ObjectTree } from '../object-tree.ts'

/** What every pre-shared key is here, whatever its name. */
export const PRE_SHARED_KEY = utf8('known to all')
/** The name of the one that nobody has. */
export const UNKNOWN_PSK = utf8('unheard of')

/** A Welcome taken apart, with what it takes to make another. */
export interface Opened {
  readonly suite: CipherSuite
  readonly welcome: Welcome
  readonly secrets: GroupSecrets
  readonly info: GroupInfo
  readonly tree: RatchetTree
  /** The signers of all members and newcomers by public key, in hexadecimal. */
  readonly signers: ReadonlyMap<string, Signer>
  /** The place in the Welcome of the one who is invited, and the key that its entry is encrypted to. */
  readonly entry: number
  readonly initKey: Uint8Array
  /** The one who is invited: its signer and its leaf. */
  readonly invited: Signer
  readonly ownLeaf: number
}

const isTree = ({ extensionType }: Extension): boolean => extensionType === ExtensionType.of.ratchet_tree

/** Opens a genuine Welcome with the private init key of the one who is invited. */
export function openWelcome(
  suite: CipherSuite,
  message: Uint8Array,
  {
    ref,
    initKeys,
    signers,
    invited,
    apart,
  }: Pick<Opened, 'signers' | 'invited'> & {
    readonly ref: Uint8Array
    readonly initKeys: KeyPair
    readonly apart: Uint8Array | undefined
  },
): Opened {
  const decoded = decode(MLSMessage, message)
  if (decoded.wireFormat !== 'mls_welcome') throw new Error(decoded.wireFormat)
  const { welcome } = decoded
  const entry = welcome.secrets.findIndex(({ newMember }) => toHex(newMember) === toHex(ref))
  const { encryptedGroupSecrets } = welcome.secrets[entry]!
  const plaintext = suite.labels.decryptWithLabel(
    initKeys,
    'Welcome',
    welcome.encryptedGroupInfo,
    encryptedGroupSecrets,
  )
  const secrets = decode(GroupSecrets, plaintext)
  const { key, nonce } = welcomeKey(
    suite,
    welcomeSecretOf(suite, secrets.joinerSecret, mixed(suite, secrets.psks)).bytes,
  )
  const info = decode(GroupInfo, suite.aead.open(key, nonce, new Uint8Array(0), welcome.encryptedGroupInfo))
  const tree = decode(RatchetTree, info.extensions.find(isTree)?.extensionData ?? apart!)
  const own = invited.publicKey
  const ownLeaf =
    tree.findIndex(node => node?.nodeType === 'leaf' && toHex(node.leafNode.signatureKey) === toHex(own)) / 2
  return { suite, welcome, secrets, info, tree, signers, entry, initKey: initKeys.publicKey, invited, ownLeaf }
}

function mixed(suite: CipherSuite, psks: readonly PreSharedKeyID[]): Uint8Array {
  return pskSecret(
    suite,
    psks.map(id => ({ id, secret: PRE_SHARED_KEY })),
  )
}

/** What is done to a part when it has been made; whatever comes after it is made from what comes out. */
export interface Hooks {
  /** Where a leaf says to be when it is signed. */
  place(place: LeafPlace): LeafPlace
  /** A leaf that has been signed. */
  leaf(leafNode: LeafNode, leaf: number): LeafNode
  bend(parentHash: Uint8Array, from: number): Uint8Array
  treeBytes(bytes: Uint8Array): Uint8Array
  treeHash(hash: Uint8Array): Uint8Array
  tag(tag: Uint8Array): Uint8Array
  /** The extensions of the group info. */
  extensions(list: readonly Extension[]): readonly Extension[]
  /** What the group info says, before it is signed. */
  content(bytes: Uint8Array): Uint8Array
  infoSignature(signature: Uint8Array): Uint8Array
  infoBytes(bytes: Uint8Array): Uint8Array
  /** The secrets as they are sent; the key schedule has had those of the draft. */
  secrets(secrets: GroupSecrets): GroupSecrets
  secretsBytes(bytes: Uint8Array): Uint8Array
  welcome(welcome: Welcome): Welcome
  message(bytes: Uint8Array): Uint8Array
}

/** What goes out, and what whoever takes it in has to find. */
export interface Invitation {
  readonly welcome: Uint8Array
  readonly groupInfo: Uint8Array
  readonly ratchetTree: Uint8Array | undefined
  readonly tree: ObjectTree
  readonly treeBytes: Uint8Array
  readonly context: GroupContext
  readonly authenticator: Uint8Array
  /** Whether the Welcome and the group info say the same; the bytes of messages are changed each in its own way. */
  readonly isOneInfo: boolean
}

/** An invitation to be. */
export class Draft {
  readonly opened: Opened
  readonly suite: CipherSuite
  readonly hooks: Partial<Hooks> = {}
  tree: ObjectTree
  context: GroupContext
  extensions: readonly Extension[]
  signer: number
  secrets: GroupSecrets
  /** Whether the tree is in the group info, given beside it, both, or nowhere. */
  inside = true
  beside = false
  // leaves that are signed again, with what they say whatever they have to carry
  readonly #leaves = new Map<number, Partial<LeafContent>>()
  /** Whether the parents have to be tied anew. */
  isUntied = false

  constructor(opened: Opened) {
    const { suite, info, tree, secrets } = opened
    this.opened = opened
    this.suite = suite
    this.tree = new ObjectTree(suite, tree)
    this.context = info.groupContext
    this.extensions = info.extensions.filter(extension => !isTree(extension))
    this.signer = info.signer
    this.secrets = secrets
  }

  #apply<Name extends keyof Hooks>(
    name: Name,
    value: Parameters<Hooks[Name]>[0],
    at?: number,
  ): ReturnType<Hooks[Name]> {
    const hook = this.hooks[name] as ((value: unknown, at?: number) => unknown) | undefined
    return (hook === undefined ? value : hook(value, at)) as ReturnType<Hooks[Name]>
  }

  /** Whoever signs for a leaf: the owner of its key, or of the key that it had. */
  signerOf(leaf: number): Signer {
    const { signers, tree, invited } = this.opened
    const former = tree[2 * leaf]
    const keys = [this.tree.leaf(leaf), former?.nodeType === 'leaf' ? former.leafNode : undefined]
    return keys.flatMap(node => (node && signers.get(toHex(node.signatureKey))) ?? [])[0] ?? invited
  }

  #sign(leaf: number, carried: Partial<LeafContent> = {}): void {
    const { suite, context, tree } = this
    const current = tree.leaf(leaf)
    if (current === undefined) return
    const { signature: _, ...content } = { ...current, ...carried, ...this.#leaves.get(leaf) } as LeafNode
    const place = this.#apply('place', { groupId: context.groupId, leafIndex: leaf })
    const signed = signLeaf(suite, this.signerOf(leaf), content as LeafContent, place)
    tree.nodes[2 * leaf] = { nodeType: 'leaf', leafNode: this.#apply('leaf', signed, leaf) }
  }

  /** Makes sure that a leaf is signed again, with something changed. */
  resign(leaf: number, changes: Partial<LeafContent> = {}): void {
    this.#leaves.set(leaf, { ...this.#leaves.get(leaf), ...changes } as Partial<LeafContent>)
  }

  /** Signs and ties what has changed. */
  #finishTree(): void {
    for (const leaf of this.#leaves.keys()) this.#sign(leaf)
    if (!this.isUntied) return
    const { tree } = this
    tieTree(tree, {
      bend: (parentHash, from) => this.#apply('bend', parentHash, from),
      carry: (leaf, parentHash) => {
        const now = tree.leaf(leaf)!
        if (now.leafNodeSource === 'commit' && toHex(now.parentHash) === toHex(parentHash)) return
        this.#sign(leaf, { leafNodeSource: 'commit', parentHash, lifetime: undefined } as Partial<LeafContent>)
      },
    })
  }

  build(): Invitation {
    const { suite, tree, secrets } = this
    this.#finishTree()
    const treeBytes = this.#apply('treeBytes', encode(RatchetTree, tree.sent))
    const context = { ...this.context, treeHash: this.#apply('treeHash', tree.treeHash(tree.root)) }
    const psk = mixed(suite, secrets.psks)
    const groupContext = encode(GroupContext, context)
    const derived = deriveFromJoiner(suite, secrets.joinerSecret, { pskSecret: psk, groupContext })
    const tag = this.#apply('tag', confirmationTag(suite, derived.secrets, context.confirmedTranscriptHash))
    const { publicKey } = externalKeyPair(suite, derived.secrets.external.bytes)
    const extensions = this.#apply('extensions', [
      ...this.extensions,
      ...(this.inside ? [{ extensionType: ExtensionType.of.ratchet_tree, extensionData: treeBytes }] : []),
      makeExtension(ExtensionType.of.external_pub, ExternalPub, { externalPub: publicKey }),
    ])
    const info = { groupContext: context, extensions, confirmationTag: tag, signer: this.signer }
    const content = this.#apply('content', encode(GroupInfoTBS, info))
    const signature = suite.labels.signWithLabel(this.signerOf(this.signer), 'GroupInfoTBS', content)
    const infoBytes = this.#apply('infoBytes', concat(content, encode(opaque, this.#apply('infoSignature', signature))))
    // version 1, wire format 4
    const groupInfo = this.#apply('message', concat(Uint8Array.of(0, 1, 0, 4), infoBytes))
    const ratchetTree = this.beside ? treeBytes : undefined
    const { epochAuthenticator } = derived.secrets
    const isOneInfo = this.hooks.message === undefined
    const welcome = this.#welcome(derived.welcomeSecret.bytes, infoBytes)
    return {
      welcome,
      groupInfo,
      ratchetTree,
      tree,
      treeBytes,
      context,
      authenticator: epochAuthenticator.bytes,
      isOneInfo,
    }
  }

  #welcome(welcomeSecret: Uint8Array, infoBytes: Uint8Array): Uint8Array {
    const { suite, opened, secrets } = this
    const { key, nonce } = welcomeKey(suite, welcomeSecret)
    const encryptedGroupInfo = suite.aead.seal(key, nonce, new Uint8Array(0), infoBytes)
    const plaintext = this.#apply('secretsBytes', encode(GroupSecrets, this.#apply('secrets', secrets)))
    const encryptedGroupSecrets = suite.labels.encryptWithLabel(
      opened.initKey,
      'Welcome',
      encryptedGroupInfo,
      plaintext,
    )
    const entries = opened.welcome.secrets.map((entry, i) =>
      i === opened.entry ? { ...entry, encryptedGroupSecrets } : entry,
    )
    const welcome = this.#apply('welcome', { ...opened.welcome, secrets: entries, encryptedGroupInfo })
    return this.#apply('message', encode(MLSMessage, { wireFormat: 'mls_welcome', welcome }))
  }
}
