/** A member's state from its records. They are one's own, so signatures are not checked again; whatever is decoded is, and the tree against its hash. */
import { copyOf, equalPublic, toHex } from '../../base/bytes.ts'
import { RejectedError } from '../../base/errors.ts'
import { SecretBytes } from '../../base/secret.ts'
import { type Codec, decode } from '../../codec/codec.ts'
import type { KeyPair } from '../../crypto/kem.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { type LeafIndex, level, type NodeIndex, nodeOfLeaf } from '../../tree/math.ts'
import { Epoch, type PastEpoch, PastEpochs } from '../epoch.ts'
import { epochContext, readContextExtensions } from '../epoch-context.ts'
import type { Settings } from '../group-config.ts'
import { GroupCore } from '../group-core.ts'
import { HeldKeys } from '../held-keys.ts'
import { ProposalCache, type StoredProposal } from '../proposal-cache.ts'
import { ResumptionKeys } from '../resumption.ts'
import { type Ratchet, type Ratchets, SecretTree } from '../secret-tree.ts'
import * as keys from './keys.ts'
import { EpochPart, Place } from './keys.ts'
import { loadPending, loadSecrets } from './pending.ts'
import { refuseSaved, type SavedRecord } from './records.ts'
import { type FindSigner, loadRequest } from './requests.ts'
import * as structs from './structs.ts'
import { readNodes } from './tree.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What is needed besides the records. */
export interface LoadSettings {
  readonly suite: CipherSuite
  readonly settings: Settings
  readonly findSigner: FindSigner
}

/** The parts of one epoch, as they are found. */
interface EpochParts {
  core?: Uint8Array
  replaced?: Uint8Array
  readonly subtrees: Map<number, Bytes>
  readonly ratchets: Map<number, Ratchets>
}

function byPlace(records: readonly SavedRecord[]): Map<number, SavedRecord[]> {
  const places = new Map<number, SavedRecord[]>(Object.values(Place).map(place => [place, []]))
  for (const record of records) {
    const place = places.get(record.key[0] ?? 0)
    if (place === undefined) throw refuseSaved('a record has an unknown place')
    place.push(record)
  }
  return places
}

function single<T>(records: readonly SavedRecord[], codec: Codec<T>): T | undefined {
  if (records.length > 1 || records[0]?.key.length === 0)
    throw refuseSaved('a record that there is once is there twice')
  return records.length === 0 ? undefined : decode(codec, records[0]!.value)
}

function readRatchet({ secret, generation, kept }: ReturnType<typeof decodeRatchets>['handshake']): Ratchet {
  if (generation > 2n ** 32n) throw refuseSaved('a ratchet is beyond its end')
  const entries = kept.map(({ generation: at, key, nonce }) => {
    return [at, { generation: at, key: copyOf(key), nonce: copyOf(nonce) }] as const
  })
  return { secret: copyOf(secret), generation: Number(generation), kept: new Map(entries) }
}

const decodeRatchets = (value: Uint8Array) => decode(structs.SavedRatchets, value)

function gatherEpochs(records: readonly SavedRecord[]): Map<bigint, EpochParts> {
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
        parts.subtrees.set(keys.numberIn(key, 10, 14), copyOf(value))
        break
      case EpochPart.ratchets: {
        const { handshake, application } = decodeRatchets(value)
        const ratchets = { handshake: readRatchet(handshake), application: readRatchet(application) }
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

function readEpoch({ suite, settings }: LoadSettings, saved: EpochParts): Epoch {
  const { core, subtrees, ratchets } = saved
  if (core === undefined) throw refuseSaved('an epoch is incomplete')
  const { context, interimTranscriptHash, confirmationTag, leaves, secrets } = decode(structs.SavedEpoch, copyOf(core))
  if (context.cipherSuite !== suite.id) throw refuseSaved('an epoch is of another suite')
  const parts = {
    context: epochContext(readContextExtensions(suite.id, context.extensions), context),
    secrets: loadSecrets(secrets),
    interimTranscriptHash,
    confirmationTag,
    leaves,
  }
  if (subtrees.size + ratchets.size > 0) checkCover(saved, leaves)
  const tree =
    subtrees.size + ratchets.size === 0
      ? undefined
      : SecretTree.restore(suite, { subtrees, ratchets }, leaves, settings.ratchetLimits)
  return new Epoch(suite, parts, settings.ratchetLimits, tree)
}

function readPair(value: Uint8Array): KeyPair {
  const { privateKey, publicKey } = decode(structs.SavedKeyPair, value)
  return { privateKey: copyOf(privateKey), publicKey: copyOf(publicKey) }
}

function readHeld(leaf: LeafIndex, records: readonly SavedRecord[]): HeldKeys {
  const pairs = records.map(({ key, value }) => [keys.numberIn(key, 1, 5) as NodeIndex, readPair(value)] as const)
  return HeldKeys.restore(leaf, new Map(pairs))
}

function readProposal({ key, value }: SavedRecord): StoredProposal {
  const { ref, proposal, sender, setAside } = decode(structs.SavedProposal, copyOf(value))
  if (setAside > 1) throw refuseSaved('a proposal is neither wanted nor set aside')
  const cached = { ref: copyOf(ref), proposal, sender, checked: true }
  return { cached, order: keys.numberIn(key, 1, 5), setAside: setAside === 1 }
}

function readOwn(core: GroupCore, places: Map<number, SavedRecord[]>, findSigner: FindSigner): void {
  for (const { key, value } of places.get(Place.ownProposal)!) {
    const { request, update } = decode(structs.SavedOwnProposal, copyOf(value))
    core.own.set(toHex(key.subarray(1)), {
      request: loadRequest(request, findSigner),
      update: update && {
        pair: { privateKey: copyOf(update.pair.privateKey), publicKey: copyOf(update.pair.publicKey) },
        signer: update.signer && findSigner(update.signer),
      },
    })
  }
  for (const { key, value } of places.get(Place.sentProposal)!) core.sent.set(toHex(key.subarray(1)), copyOf(value))
}

/** The signer of the member's present leaf. A member that has left signs nothing. */
function signerFor(core: Pick<GroupCore, 'tree' | 'leaf'>, findSigner: FindSigner): ReturnType<FindSigner> {
  const key = core.tree.store.signatureKeyAt(core.leaf)
  if (key === undefined) throw refuseSaved('the member has no leaf')
  return findSigner(key)
}

/** Puts a state together. Nothing remains of it where anything is wrong. */
export function readCore(load: LoadSettings, records: readonly SavedRecord[]): GroupCore {
  const { suite, settings, findSigner } = load
  const places = byPlace(records)
  const state = single(places.get(Place.state)!, structs.SavedState)
  if (state === undefined) throw refuseSaved('it is incomplete')
  const leaf = state.leaf as LeafIndex
  const parts = gatherEpochs(places.get(Place.epoch)!)
  const epochs = [...parts].map(([number, found]) => ({
    number,
    epoch: readEpoch(load, found),
    replaced: found.replaced,
  }))
  const current = epochs.find(({ number }) => number === state.epoch)?.epoch
  if (current === undefined) throw refuseSaved('the present epoch is missing')
  const past = epochs.flatMap(({ epoch, replaced }): PastEpoch[] => {
    if (replaced === undefined) return []
    const changed = decode(structs.SavedReplaced, copyOf(replaced))
    return [{ epoch, replaced: new Map(changed.map(({ leaf: at, signatureKey }) => [at, signatureKey])) }]
  })
  const tree = readNodes(suite, places.get(Place.node)!, { leafCount: state.leafCount, maxLeaves: settings.maxLeaves })
  if (!equalPublic(tree.stage().treeHash(), current.context.context.treeHash))
    throw new RejectedError('wrong-tree-hash')
  if (leaf >= tree.leafCount) throw refuseSaved('the member has no leaf')
  const resumption = places.get(Place.resumption)!.map(({ key, value }) => {
    return [keys.epochIn(key), new SecretBytes(copyOf(value))] as const
  })
  const core = new GroupCore({
    suite,
    settings,
    tree,
    leaf,
    held: readHeld(leaf, places.get(Place.heldKey)!),
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
  readOwn(core, places, findSigner)
  const pending = single(places.get(Place.pending)!, structs.SavedPending)
  if (pending !== undefined) core.pending = loadPending(core, pending, findSigner)
  if (core.status === 'active' && core.held.at(nodeOfLeaf(leaf)) === undefined)
    throw refuseSaved('the key of the own leaf is missing')
  return core
}
