/** Vectors that `copath vectors generate` makes, read by ts-mls: what we write down is what others compute. */
import { beforeAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { generateKind } from '../../src/cli/vectors/generate/generate.ts'
import {
  loadTsMls,
  loadTsMlsFile,
  type Message,
  type Opaque,
  type State,
  SUITE_NAMES,
  type Suite,
  type TsMls,
  tsMlsIsInstalled,
} from './ts-mls-library.ts'

const suiteOfInterop = tsMlsIsInstalled ? describe : describe.skip
const SEED = 'for others'
type Tree = State['ratchetTree']
type Decoder<T> = (bytes: Uint8Array, at: number) => [T, number] | undefined

/** Inner functions of ts-mls that compute what the formats of trees state. */
interface Inner {
  readonly decodeRatchetTree: Decoder<Tree>
  readonly decodeUpdatePath: Decoder<Opaque>
  readonly decodeProposal: Decoder<Proposal>
  resolution(tree: Tree, node: number): number[]
  addLeafNode(tree: Tree, leaf: Opaque): [Tree, number]
  updateLeafNode(tree: Tree, leaf: Opaque, index: number): Tree
  removeLeafNode(tree: Tree, index: number): Tree
  treeHash(tree: Tree, node: number, hash: Opaque): Promise<Uint8Array>
  treeHashRoot(tree: Tree, hash: Opaque): Promise<Uint8Array>
  verifyParentHashes(tree: Tree, hash: Opaque): Promise<boolean>
  applyUpdatePath(tree: Tree, sender: number, path: Opaque, hash: Opaque): Promise<Tree>
}

interface Proposal {
  readonly proposalType: string
  readonly add?: { readonly keyPackage: { readonly leafNode: Opaque } }
  readonly update?: { readonly leafNode: Opaque }
  readonly remove?: { readonly removed: number }
}

interface PassiveCase {
  readonly cipher_suite: number
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[]
  readonly key_package: string
  readonly signature_priv: string
  readonly encryption_priv: string
  readonly init_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: readonly {
    readonly proposals: readonly string[]
    readonly commit: string
    readonly epoch_authenticator: string
  }[]
}

suiteOfInterop(
  tsMlsIsInstalled ? 'our vectors' : 'our vectors (ts-mls is not installed: npm ci --prefix peers)',
  () => {
    let library: TsMls
    let inner: Inner
    let encodeTree: (tree: Tree) => Uint8Array
    beforeAll(async () => {
      const loaded = await loadTsMls()
      library = loaded.library
      encodeTree = loaded.inside.encodeTree
      const files = ['ratchetTree.js', 'treeHash.js', 'parentHash.js', 'updatePath.js', 'proposal.js']
      inner = Object.assign({}, ...(await Promise.all(files.map(loadTsMlsFile)))) as Inner
    })

    function whole<T>(decoder: Decoder<T>, hex: string): T {
      const bytes = fromHex(hex)
      const decoded = decoder(bytes, 0)
      if (decoded?.[1] !== bytes.length) throw new Error('ts-mls cannot read this')
      return decoded[0]
    }

    const message = (hex: string): Message => whole(library.decodeMlsMessage, hex)
    const treeOf = (hex: string): Tree => whole(inner.decodeRatchetTree, hex)
    const suiteOf = (id: number): Promise<Suite & { readonly hash: Opaque }> =>
      library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[id]!)) as ReturnType<typeof suiteOf>

    const senderOf = ({ publicMessage }: Message): string | undefined =>
      (publicMessage as { content: { sender: { senderType: string } } } | undefined)?.content.sender.senderType

    /** Joins as the case says. */
    async function join(given: PassiveCase, suite: Suite): Promise<{ state: State; psks: Record<string, Uint8Array> }> {
      const psks = Object.fromEntries(
        given.external_psks.map(({ psk_id, psk }) => [library.bytesToBase64(fromHex(psk_id)), fromHex(psk)]),
      )
      const secrets = {
        initPrivateKey: fromHex(given.init_priv),
        hpkePrivateKey: fromHex(given.encryption_priv),
        signaturePrivateKey: fromHex(given.signature_priv),
      }
      const state = await library.joinGroup(
        message(given.welcome).welcome!,
        message(given.key_package).keyPackage!,
        secrets as unknown as Opaque,
        library.makePskIndex(undefined, psks),
        suite,
        given.ratchet_tree === null ? undefined : treeOf(given.ratchet_tree),
      )
      expect(toHex(state.keySchedule.epochAuthenticator)).toBe(given.initial_epoch_authenticator)
      return { state, psks }
    }

    it.each([1, 3])('suite %i: a passive client joins by a Welcome', async id => {
      const suite = await suiteOf(id)
      const cases = generateKind('passive-client-welcome', { seed: SEED, suites: [id] }) as unknown as PassiveCase[]
      for (const given of cases) await join(given, suite)
      expect(cases.some(({ ratchet_tree }) => ratchet_tree === null)).toBe(true)
      expect(cases.some(({ ratchet_tree }) => ratchet_tree !== null)).toBe(true)
    })

    it.each([1, 3])('suite %i: a passive client follows commits', async id => {
      const suite = await suiteOf(id)
      const kind = 'passive-client-handling-commit'
      const cases = generateKind(kind, { seed: SEED, suites: [id] }) as unknown as PassiveCase[]
      let followed = 0
      for (const given of cases) {
        let { state, psks } = await join(given, suite)
        const take = async (hex: string): Promise<void> => {
          const { publicMessage, privateMessage } = message(hex)
          const index = library.makePskIndex(state, psks)
          const result =
            publicMessage === undefined
              ? await library.processPrivateMessage(state, privateMessage!, index, suite)
              : await library.processPublicMessage(state, publicMessage, index, suite)
          state = result.newState
        }
        for (const { proposals, commit, epoch_authenticator } of given.epochs) {
          const fromOutside = proposals.find(hex => senderOf(message(hex)) === 'external')
          if (fromOutside !== undefined) {
            // ts-mls 1.6.4 holds external_senders for one sender, where RFC 9420 section 12.1.8.1 has a list
            await expect(take(fromOutside)).rejects.toThrow('Could not decode ExternalSender')
            break
          }
          for (const proposal of proposals) await take(proposal)
          await take(commit)
          expect(toHex(state.keySchedule.epochAuthenticator)).toBe(epoch_authenticator)
          followed++
        }
      }
      expect(followed).toBeGreaterThanOrEqual(4)
    })

    // suites 1 and 3 have the same trees
    it.each([1])('suite %i: trees, their hashes and resolutions', async id => {
      const { hash } = await suiteOf(id)
      const cases = generateKind('tree-validation', { seed: SEED, suites: [id] }) as unknown as {
        tree: string
        tree_hashes: string[]
        resolutions: number[][]
      }[]
      for (const { tree, tree_hashes, resolutions } of cases) {
        const theirs = treeOf(tree)
        expect(toHex(encodeTree(theirs))).toBe(tree)
        expect(await inner.verifyParentHashes(theirs, hash)).toBe(true)
        for (const [node, expected] of tree_hashes.entries()) {
          expect(toHex(await inner.treeHash(theirs, node, hash))).toBe(expected)
          expect(inner.resolution(theirs, node)).toEqual(resolutions[node])
        }
      }
    })

    it.each([1])('suite %i: operations on trees', async id => {
      const { hash } = await suiteOf(id)
      const cases = generateKind('tree-operations', { seed: SEED, suites: [id] }) as unknown as {
        proposal: string
        proposal_sender: number
        tree_before: string
        tree_hash_before: string
        tree_after: string
        tree_hash_after: string
      }[]
      for (const given of cases) {
        const before = treeOf(given.tree_before)
        expect(toHex(await inner.treeHashRoot(before, hash))).toBe(given.tree_hash_before)
        const { add, update, remove } = whole(inner.decodeProposal, given.proposal)
        const after = add
          ? inner.addLeafNode(before, add.keyPackage.leafNode)[0]
          : update
            ? inner.updateLeafNode(before, update.leafNode, given.proposal_sender)
            : inner.removeLeafNode(before, remove!.removed)
        expect(toHex(encodeTree(after))).toBe(given.tree_after)
        expect(toHex(await inner.treeHashRoot(after, hash))).toBe(given.tree_hash_after)
      }
    })

    it.each([1])('suite %i: what update paths make of trees', async id => {
      const { hash } = await suiteOf(id)
      const cases = generateKind('treekem', { seed: SEED, suites: [id] }) as unknown as {
        ratchet_tree: string
        update_paths: { sender: number; update_path: string; tree_hash_after: string }[]
      }[]
      for (const { ratchet_tree, update_paths } of cases) {
        for (const { sender, update_path, tree_hash_after } of update_paths) {
          const path = whole(inner.decodeUpdatePath, update_path)
          const after = await inner.applyUpdatePath(treeOf(ratchet_tree), sender, path, hash)
          expect(toHex(await inner.treeHashRoot(after, hash))).toBe(tree_hash_after)
        }
      }
    })

    it('messages of every format', () => {
      const FORMATS = {
        mls_welcome: 'mls_welcome',
        mls_group_info: 'mls_group_info',
        mls_key_package: 'mls_key_package',
        public_message_application: 'mls_public_message',
        public_message_proposal: 'mls_public_message',
        public_message_commit: 'mls_public_message',
        private_message: 'mls_private_message',
      }
      const cases = generateKind('messages', { seed: SEED, suites: [1] }) as unknown as Record<string, string>[]
      for (const given of cases) {
        for (const [field, format] of Object.entries(FORMATS)) {
          const decoded = message(given[field]!)
          expect(decoded.wireformat).toBe(format)
          expect(toHex(library.encodeMlsMessage(decoded))).toBe(given[field])
        }
      }
    })
  },
)
