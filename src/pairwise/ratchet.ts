/** Double Ratchet section 3: states are values; a step makes a new one, and whoever installs it wipes what the old one had alone. */
import { concat, copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError, UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { checkX25519Key } from '../crypto/x25519-keys.ts'
import { type Bytes, KEY, NONCE, type PairwiseSuite } from './suite.ts'
import { RatchetHeader } from './wire.ts'

/** Message keys that a receiver skips at once: one packet must not cost unbounded work. */
export const MAX_FORWARD = 1000
/** Skipped keys kept for one session; beyond that the oldest are forgotten. */
export const MAX_KEPT = 256
/** Ratchet keys of the other end that are remembered, to tell late packets from forged ones. */
export const MAX_PAST = 8
const LAST_INDEX = 0xffffffff

/** A key of this end, and its public part. */
export interface RatchetKeyPair {
  readonly privateKey: Bytes
  readonly publicKey: Bytes
}

/** The secret of message `index`, the next one. */
export interface Chain {
  readonly key: Bytes
  readonly index: number
}

/** The key of a message that has not come yet. */
export interface SkippedKey {
  readonly ratchetKey: Bytes
  readonly index: number
  readonly key: Bytes
}

export interface RatchetState {
  readonly root: Bytes
  readonly own: RatchetKeyPair | undefined
  readonly theirs: Bytes | undefined
  /** None: the next message sent turns the ratchet. */
  readonly sending: Chain | undefined
  readonly receiving: Chain | undefined
  /** How many messages were sent under the ratchet key before `own`. */
  readonly previousCount: number
  /** Oldest first. */
  readonly skipped: readonly SkippedKey[]
  /** Ratchet keys of the other end before `theirs`, oldest first. */
  readonly past: readonly Bytes[]
}

/** The state of the end that opens a session: it turns the ratchet with its first message. */
export function openingState(root: Bytes, theirs: Uint8Array): RatchetState {
  return { ...emptyState(root), theirs: copyOf(theirs) }
}

/** The state of the end whose signed prekey is the first ratchet key. */
export function answeringState(root: Bytes, own: RatchetKeyPair): RatchetState {
  return { ...emptyState(root), own: { privateKey: copyOf(own.privateKey), publicKey: copyOf(own.publicKey) } }
}

const emptyState = (root: Bytes): RatchetState => ({
  root,
  own: undefined,
  theirs: undefined,
  sending: undefined,
  receiving: undefined,
  previousCount: 0,
  skipped: [],
  past: [],
})

function secretsOf({ root, own, sending, receiving, skipped }: RatchetState): (Uint8Array | undefined)[] {
  return [root, own?.privateKey, sending?.key, receiving?.key, ...skipped.map(({ key }) => key)]
}

/** Wipes the secrets of `state` that `survivor` does not share with it. */
export function wipeRatchet(state: RatchetState, survivor?: RatchetState): void {
  const kept = new Set(survivor === undefined ? [] : secretsOf(survivor))
  wipe(...secretsOf(state).filter(secret => !kept.has(secret)))
}

/** Section 2.2: what a shared secret makes of the root. */
function turn({ dh, kdf, labels }: PairwiseSuite, root: Uint8Array, own: Uint8Array, theirs: Uint8Array) {
  const shared = dh.shared(own, theirs)
  const extracted = wipingAfter([shared], () => kdf.extract(root, shared))
  const both = wipingAfter([extracted], () => labels.expand(extracted, 'ratchet', undefined, 2 * KEY))
  return wipingAfter([both], () => ({ root: both.slice(0, KEY), chain: { key: both.slice(KEY), index: 0 } }))
}

const messageKey = ({ labels }: PairwiseSuite, chain: Uint8Array): Bytes =>
  labels.expand(chain, 'message', undefined, KEY + NONCE)
const nextKey = ({ labels }: PairwiseSuite, chain: Uint8Array): Bytes => labels.expand(chain, 'chain')

/** A sent or received message and the state after it. */
export interface Step {
  readonly state: RatchetState
  readonly output: Bytes
}

const associated = (header: RatchetHeader, context: Uint8Array): Bytes => concat(encode(RatchetHeader, header), context)

/** Section 3.4: encrypts. The caller installs the state. */
export function ratchetSeal(
  suite: PairwiseSuite,
  state: RatchetState,
  { plaintext, context }: { readonly plaintext: Uint8Array; readonly context: Uint8Array },
): Step & { readonly header: RatchetHeader } {
  const turned = state.sending === undefined ? turnToSend(suite, state) : state
  const { own, sending } = turned as RatchetState & { own: RatchetKeyPair; sending: Chain }
  const { key, index } = sending
  if (index > LAST_INDEX) throw new UsageError('ratchet-exhausted')
  const header = { ratchetKey: own.publicKey, previousCount: turned.previousCount, index }
  const mk = messageKey(suite, key)
  try {
    const output = suite.aead.seal(mk.subarray(0, KEY), mk.subarray(KEY), associated(header, context), plaintext)
    const after = { ...turned, sending: { key: nextKey(suite, key), index: index + 1 } }
    if (turned !== state) wipe(key)
    return { state: after, output, header }
  } catch (error) {
    wipeRatchet(turned, state)
    throw error
  } finally {
    wipe(mk)
  }
}

function turnToSend(suite: PairwiseSuite, state: RatchetState): RatchetState {
  const privateKey = randomBytes(suite.random, KEY)
  // a session that opens knows their first key, one that answers got it with the first message
  const { root, chain } = turn(suite, state.root, privateKey, state.theirs!)
  return { ...state, root, own: { privateKey, publicKey: suite.dh.publicKey(privateKey) }, sending: chain }
}

/** Section 3.5: decrypts. Nothing of `state` changes, whatever happens. */
export function ratchetOpen(
  suite: PairwiseSuite,
  state: RatchetState,
  { header, ciphertext, context }: { header: RatchetHeader; ciphertext: Uint8Array; context: Uint8Array },
): Step {
  const open = (mk: Uint8Array): Bytes =>
    suite.aead.open(mk.subarray(0, KEY), mk.subarray(KEY), associated(header, context), ciphertext)
  const { ratchetKey, index } = header
  const at = state.skipped.findIndex(kept => kept.index === index && equalPublic(kept.ratchetKey, ratchetKey))
  if (at >= 0) {
    const output = open(state.skipped[at]!.key)
    return { state: { ...state, skipped: state.skipped.filter((_, i) => i !== at) }, output }
  }
  const known = state.theirs !== undefined && equalPublic(state.theirs, ratchetKey)
  const behind = known && state.receiving !== undefined && index < state.receiving.index
  if (behind || state.past.some(key => equalPublic(key, ratchetKey))) {
    throw new RejectedError('generation-consumed', { index })
  }
  const advanced = advance(suite, state, header, known)
  try {
    const output = open(advanced.messageKey)
    wipe(advanced.messageKey)
    return { state: advanced.state, output }
  } catch (error) {
    wipe(advanced.messageKey)
    wipeRatchet(advanced.state, state)
    throw error
  }
}

/** Moves to the message that a header names, keeping the keys of those before it. */
function advance(suite: PairwiseSuite, state: RatchetState, header: RatchetHeader, known: boolean) {
  const { ratchetKey, previousCount, index } = header
  const late = state.receiving === undefined ? 0 : previousCount - state.receiving.index
  if (known) {
    // only the end that opens a session knows a key without having a chain for it, and that key is never sent under
    if (state.receiving === undefined) throw new RejectedError('invalid-tag')
    checkForward(index - state.receiving.index, index)
    const moved = walk(suite, ratchetKey, state.receiving, index)
    return { state: received(state, moved, {}), messageKey: moved.messageKey }
  }
  checkX25519Key(ratchetKey, { key: 'ratchet' })
  checkForward(Math.max(late, 0) + index, index)
  if (state.own === undefined) throw new RejectedError('invalid-tag')
  const turned = turn(suite, state.root, state.own.privateKey, ratchetKey)
  const rest = late > 0 ? walkTo(suite, state.theirs!, state.receiving!, previousCount) : undefined
  wipe(rest?.chain.key)
  const moved = walk(suite, ratchetKey, turned.chain, index)
  wipe(turned.chain.key)
  const change = {
    root: turned.root,
    // it has done what it was for: their next key answers our next one
    own: undefined,
    theirs: copyOf(ratchetKey),
    sending: undefined,
    previousCount: state.sending?.index ?? 0,
    past: state.theirs === undefined ? state.past : [...state.past, state.theirs].slice(-MAX_PAST),
  }
  const skipped = [...(rest?.skipped ?? []), ...moved.skipped]
  return { state: received(state, { ...moved, skipped }, change), messageKey: moved.messageKey }
}

function received(
  state: RatchetState,
  { chain, skipped }: { chain: Chain; skipped: readonly SkippedKey[] },
  change: Partial<RatchetState>,
): RatchetState {
  const all = [...state.skipped, ...skipped]
  const forgotten = all.slice(0, Math.max(0, all.length - MAX_KEPT))
  // those of the old state belong to it until it is replaced
  wipe(...forgotten.filter(kept => !state.skipped.includes(kept)).map(({ key }) => key))
  return { ...state, receiving: chain, skipped: all.slice(forgotten.length), ...change }
}

function checkForward(distance: number, index: number): void {
  if (distance > MAX_FORWARD) throw new RejectedError('generation-too-far', { index, limit: MAX_FORWARD })
}

/** Steps a chain up to `index` without touching the one given. */
function walkTo(suite: PairwiseSuite, ratchetKey: Uint8Array, from: Chain, index: number) {
  const skipped: SkippedKey[] = []
  let key = copyOf(from.key)
  for (let i = from.index; i < index; i++) {
    skipped.push({ ratchetKey: copyOf(ratchetKey), index: i, key: messageKey(suite, key) })
    const next = nextKey(suite, key)
    wipe(key)
    key = next
  }
  return { skipped, chain: { key, index } }
}

/** As `walkTo`, and one step further with the key of that message. */
function walk(suite: PairwiseSuite, ratchetKey: Uint8Array, from: Chain, index: number) {
  const { skipped, chain } = walkTo(suite, ratchetKey, from, index)
  const mk = messageKey(suite, chain.key)
  const key = nextKey(suite, chain.key)
  wipe(chain.key)
  return { skipped, chain: { key, index: index + 1 }, messageKey: mk }
}
