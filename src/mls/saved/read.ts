/** A member's state from its records. They are one's own, so signatures are not checked again; whatever is decoded is, and the tree against its hash. */
import { copyOf, equalPublic, toHex } from '../../base/bytes.ts'
import { RejectedError } from '../../base/errors.ts'
import { SecretBytes, wipe } from '../../base/secret.ts'
import { type Codec, decodeKnown } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { isInSubtree, type LeafIndex, level, type NodeIndex, nodeOfLeaf } from '../../tree/math.ts'
import { Epoch, type PastEpoch, PastEpochs } from '../epoch.ts'
import { epochContext, readContextExtensions } from '../epoch-context.ts'
import type { Settings } from '../group-config.ts'
import { GroupCore } from '../group-core.ts'
import type { GroupTree } from '../group-tree.ts'
import { HeldKeys } from '../held-keys.ts'
import type { SecretName } from '../key-schedule.ts'
import { ProposalCache, type StoredProposal } from '../proposal-cache.ts'
import { ResumptionKeys } from '../resumption.ts'
import { type Ratchet, type Ratchets, SecretTree } from '../secret-tree.ts'
import { treeHash } from '../tree-hash.ts'
import { placeAt, type RecordCursor, recordAt, type SavedRecord } from './cursor.ts'
import * as keys from './keys.ts'
import { EpochPart, Place } from './keys.ts'
import { loadPending, loadSecrets } from './pending.ts'
import { refuseSaved } from './refuse.ts'
import { type FindSigner, loadRequest } from './requests.ts'
import * as structs from './structs.ts'
import { Taken } from './taken.ts'
import { readNodes } from './tree.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What is needed besides the records. */
export interface LoadSettings {
  readonly suite: CipherSuite
  readonly settings: Settings
  readonly findSigner: FindSigner
}

/** All of it, and what becomes of the secrets. */
interface Loading extends LoadSettings {
  readonly taken: Taken
}

/** The parts of one epoch, as they are found. */
interface EpochParts {
  core?: Uint8Array
  replaced?: Uint8Array
  readonly subtrees: Map<number, Bytes>
  readonly ratchets: Map<number, Ratchets>
}

/** All records but those of nodes, which are many: they are read where they lie. */
type Places = ReadonlyMap<number, SavedRecord[]>

function noPlaces(): Places {
  const places = Object.values(Place).filter(place => place !== Place.node)
  return new Map(places.map(place => [place, []]))
}

/** Gathers records up to those of a place, or to the end. */
function gather(places: Places, records: RecordCursor, until?: number): void {
  for (; !records.ended && placeAt(records) !== until; records.advance()) {
    const place = places.get(placeAt(records))
    if (place === undefined) throw refuseSaved('a record has an unknown place')
    place.push(recordAt(records))
  }
}

function single<T>({ taken }: Loading, records: readonly SavedRecord[], codec: Codec<T>): T | undefined {
  if (records.length > 1 || records[0]?.key.length === 0)
    throw refuseSaved('a record that there is once is there twice')
  return records.length === 0 ? undefined : decodeKnown(codec, taken.copy(records[0]!.value))
}

function readRatchet(
  { suite: { kdf, aead }, taken }: Loading,
  { secret, generation, kept }: structs.SavedRatchets['handshake'],
): Ratchet {
  if (generation > 2n ** 32n) throw refuseSaved('a ratchet is beyond its end')
  const entries = kept.map(({ generation: at, key, nonce }) => {
    const copied = { key: taken.secret(key, aead.keyLength), nonce: taken.secret(nonce, aead.nonceLength) }
    return [at, { generation: at, ...copied }] as const
  })
  return { secret: taken.secret(secret, kdf.length), generation: Number(generation), kept: new Map(entries) }
}

function gatherEpochs(loading: Loading, records: readonly SavedRecord[]): Map<bigint, EpochParts> {
  const epochs = new Map<bigint, EpochParts>()
  for (const { key, value } of records) {
    const number = keys.epochIn(key)
    let parts = epochs.get(number)
    if (parts === undefined) epochs.set(number, (parts = { subtrees: new Map(), ratchets: new Map() }))
    switch (key[9]) {
      case EpochPart.core:
        parts.core = value
        break
      case EpochPart.replaced:
        parts.replaced = value
        break
      case EpochPart.subtree:
        parts.subtrees.set(keys.numberIn(key, 10, 14), loading.taken.secret(value, loading.suite.kdf.length))
        break
      case EpochPart.ratchets: {
        const { handshake, application } = decodeKnown(structs.SavedRatchets, value)
        const ratchets = {
          handshake: readRatchet(loading, handshake),
          application: readRatchet(loading, application),
        }
        parts.ratchets.set(keys.numberIn(key, 10, 14), ratchets)
        break
      }
      default:
        throw refuseSaved('an epoch has an unknown part')
    }
  }
  return epochs
}

/** A way down to each leaf, and only one: looking for a secret that nothing leads to would not end. */
function checkCover({ subtrees, ratchets }: EpochParts, leaves: number): void {
  const spans = [...ratchets.keys()].map(leaf => ({ first: leaf, count: 1 }))
  for (const node of subtrees.keys()) {
    const count = 2 ** level(node as NodeIndex)
    spans.push({ first: (node - count + 1) / 2, count })
  }
  let next = 0
  for (const { first, count } of spans.sort((x, y) => x.first - y.first)) {
    if (first !== next) throw refuseSaved('a secret tree does not cover its leaves')
    next += count
  }
  if (next !== leaves) throw refuseSaved('a secret tree does not cover its leaves')
}

/** Of an epoch that goes on everything is needed; of one that is over, what its messages are read with; of one that was left, nothing. */
function readEpoch({ suite, settings, taken }: Loading, saved: EpochParts, goesOn: boolean): Epoch {
  const { core, replaced, subtrees, ratchets } = saved
  const hasTree = subtrees.size + ratchets.size > 0
  const isNeeded = (name: SecretName): boolean =>
    name === 'encryption'
      ? !hasTree && (goesOn || replaced !== undefined)
      : goesOn || (replaced !== undefined && name === 'senderData')
  if (core === undefined) throw refuseSaved('an epoch is incomplete')
  const decoded = decodeKnown(structs.SavedEpoch, taken.copy(core))
  const { context, interimTranscriptHash, confirmationTag, leaves, secrets } = decoded
  if (context.cipherSuite !== suite.id) throw refuseSaved('an epoch is of another suite')
  const parts = {
    context: epochContext(readContextExtensions(suite.id, context.extensions), context),
    secrets: loadSecrets(suite, secrets, taken, isNeeded),
    interimTranscriptHash,
    confirmationTag,
    leaves,
  }
  if (hasTree) checkCover(saved, leaves)
  const tree = hasTree ? SecretTree.restore(suite, { subtrees, ratchets }, leaves, settings.ratchetLimits) : undefined
  return new Epoch(suite, parts, settings.ratchetLimits, tree)
}

/** Only keys of the tree, of the own leaf and above it: no other is ever looked for. */
function readHeld(
  { suite, taken }: Loading,
  at: { tree: GroupTree; leaf: LeafIndex },
  records: readonly SavedRecord[],
) {
  const pairs = records.map(({ key, value }) => {
    const node = keys.numberIn(key, 1, 5) as NodeIndex
    const pair = taken.pair(suite, decodeKnown(structs.SavedKeyPair, value))
    const inTree = node < 2 * at.tree.leafCount - 1 ? at.tree.store.publicKeyAt(node) : undefined
    if (inTree === undefined || !equalPublic(inTree, pair.publicKey) || !isInSubtree(nodeOfLeaf(at.leaf), node))
      throw refuseSaved('a private key is not of a node above the own leaf')
    return [node, pair] as const
  })
  return HeldKeys.restore(at.leaf, new Map(pairs))
}

function readProposal({ key, value }: SavedRecord): StoredProposal {
  const { ref, proposal, sender, setAside } = decodeKnown(structs.SavedProposal, copyOf(value))
  if (setAside > 1) throw refuseSaved('a proposal is neither wanted nor set aside')
  const cached = { ref: copyOf(ref), proposal, sender, checked: true }
  return { cached, order: keys.numberIn(key, 1, 5), setAside: setAside === 1 }
}

function readOwn({ suite, findSigner, taken }: Loading, core: GroupCore, places: Places): void {
  for (const { key, value } of places.get(Place.ownProposal)!) {
    const { request, update } = decodeKnown(structs.SavedOwnProposal, taken.copy(value))
    core.own.set(toHex(key.subarray(1)), {
      request: loadRequest(request, findSigner),
      update: update && { pair: taken.pair(suite, update.pair), signer: update.signer && findSigner(update.signer) },
    })
    // the request is a view of the same copy
    wipe(update?.pair.privateKey)
  }
  for (const { key, value } of places.get(Place.sentProposal)!) {
    const { length } = suite.hash
    const message = copyOf(value.subarray(length))
    // there is none where an earlier version has saved it
    if (value.length !== length && !equalPublic(suite.hash.digest(message), key.subarray(1)))
      throw refuseSaved('a message has another digest')
    core.sent.set(toHex(key.subarray(1)), { ref: copyOf(value.subarray(0, length)), message })
  }
}

/** The signer of the member's present leaf. A member that has left signs nothing. */
function signerFor(core: Pick<GroupCore, 'tree' | 'leaf'>, findSigner: FindSigner): ReturnType<FindSigner> {
  const key = core.tree.store.signatureKeyAt(core.leaf)
  if (key === undefined) throw refuseSaved('the member has no leaf')
  return findSigner(key)
}

/** Puts a state together. Nothing remains of it where anything is wrong. */
export function readCore(load: LoadSettings, records: RecordCursor): GroupCore {
  const taken = new Taken()
  try {
    return readParts({ ...load, taken }, records)
  } catch (error) {
    taken.wipe()
    throw error
  }
}

function readParts(loading: Loading, records: RecordCursor): GroupCore {
  const { suite, settings, findSigner, taken } = loading
  const places = noPlaces()
  gather(places, records, Place.node)
  const state = single(loading, places.get(Place.state)!, structs.SavedState)
  if (state === undefined) throw refuseSaved('it is incomplete')
  const leaf = state.leaf as LeafIndex
  const parts = gatherEpochs(loading, places.get(Place.epoch)!)
  const epochs = [...parts].map(([number, found]) => ({
    number,
    epoch: readEpoch(loading, found, number === state.epoch && state.status !== 'removed'),
    replaced: found.replaced,
  }))
  const current = epochs.find(({ number }) => number === state.epoch)?.epoch
  if (current === undefined) throw refuseSaved('the present epoch is missing')
  const past = epochs.flatMap(({ epoch, replaced }): PastEpoch[] => {
    if (replaced === undefined) return []
    const changed = decodeKnown(structs.SavedReplaced, copyOf(replaced))
    return [{ epoch, replaced: new Map(changed.map(({ leaf: at, signatureKey }) => [at, signatureKey])) }]
  })
  const tree = readNodes(suite, records, { leafCount: state.leafCount, maxLeaves: settings.maxLeaves })
  gather(places, records)
  if (!equalPublic(treeHash(tree.store, suite.hash), current.context.context.treeHash))
    throw new RejectedError('wrong-tree-hash')
  if (leaf >= tree.leafCount) throw refuseSaved('the member has no leaf')
  const resumption = places.get(Place.resumption)!.map(({ key, value }) => {
    return [keys.epochIn(key), new SecretBytes(taken.secret(value, suite.kdf.length))] as const
  })
  const core = new GroupCore({
    suite,
    settings,
    tree,
    leaf,
    held: readHeld(loading, { tree, leaf }, places.get(Place.heldKey)!),
    epoch: current,
    signer: signerFor({ tree, leaf }, findSigner),
    stored: {
      past: new PastEpochs(settings.pastEpochs, past),
      resumption: new ResumptionKeys(settings.resumptionEpochs, resumption),
      cache: new ProposalCache(settings.maxProposals, places.get(Place.proposal)!.map(readProposal)),
    },
  })
  core.status = state.status
  core.reinit = state.reinit
  readOwn(loading, core, places)
  const pending = single(loading, places.get(Place.pending)!, structs.SavedPending)
  if (pending !== undefined) {
    const invitation = single(loading, places.get(Place.invitation)!, structs.SavedInvitation)
    core.pending = loadPending(core, { ...pending, invitation }, findSigner, taken)
  }
  if (core.status === 'active' && core.held.at(nodeOfLeaf(leaf)) === undefined)
    throw refuseSaved('the key of the own leaf is missing')
  return core
}
