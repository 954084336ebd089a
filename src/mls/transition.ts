/** RFC 9420 section 14: the step from one epoch to the next, complete and not yet taken. */

import { equalConstantTime } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { Signer } from '../crypto/provider.ts'
import { type LeafIndex, nodeOfLeaf } from '../tree/math.ts'
import type { Changes } from './changes.ts'
import type { Epoch, ReplacedKeys } from './epoch.ts'
import type { EpochContext } from './epoch-context.ts'
import { type HeldKeys, NewKeys } from './held-keys.ts'
import { confirmationTag, deriveEpoch, type NewEpoch, wipeNewEpoch } from './key-schedule.ts'
import type { StagedProposals } from './proposal-apply.ts'
import type { PublicState } from './proposal-checks.ts'
import type { PreSharedKeyID } from './psk.ts'
import type { PskSource } from './resumption.ts'
import { mixPsks } from './resumption.ts'

/** A member's Update that waits to be committed. */
export interface OwnUpdate {
  readonly pair: KeyPair
  readonly signer: Signer | undefined
}

/** What a member knows of a group in an epoch. */
export interface MemberState extends PublicState {
  readonly leaf: LeafIndex
  readonly signer: Signer
  readonly held: HeldKeys
  readonly secrets: Epoch
  readonly findPsk: PskSource
}

/** All that a member takes over when a commit comes into force; dropped with `wipe`. */
export interface Transition {
  readonly staged: StagedProposals
  readonly authenticatedData: Uint8Array
  readonly committer: LeafIndex
  readonly changes: Changes
  readonly replaced: ReplacedKeys
  readonly epoch: Epoch
  readonly newKeys: NewKeys
  readonly signer: Signer | undefined
}

/** Forgets a transition that is not taken. */
export function wipeTransition({ epoch, newKeys }: Transition): void {
  epoch.wipe()
  newKeys.wipe()
}

/** The signature keys that a commit replaces, as they are before it. Costs what the commit changes. */
export function replacedKeys(
  { tree }: PublicState,
  { sorted, added }: StagedProposals,
  committer: LeafIndex,
): ReplacedKeys {
  const replaced = new Map<number, Uint8Array | undefined>()
  for (const leaf of added) replaced.set(leaf, undefined)
  for (const leaf of [...sorted.updates, ...sorted.removes].map(entry => entry.leaf).concat(committer)) {
    const key = leaf < tree.leafCount ? tree.store.signatureKeyAt(leaf) : undefined
    replaced.set(leaf, key?.slice())
  }
  return replaced
}

/** Derives the secrets of the epoch that a commit starts. */
export function deriveNext(
  state: Pick<MemberState, 'suite' | 'findPsk'>,
  next: EpochContext,
  secrets: {
    readonly psks: readonly PreSharedKeyID[]
    readonly commitSecret: Uint8Array
    readonly initSecret: Uint8Array
  },
): NewEpoch {
  const { suite } = state
  const mixed = mixPsks(suite, secrets.psks, state.findPsk)
  const { commitSecret, initSecret } = secrets
  return wipingAfter([mixed], () =>
    deriveEpoch(suite, { initSecret, commitSecret, pskSecret: mixed, groupContext: next.encoded }),
  )
}

/** copath-mls-6.1-02: the confirmation tag shows that committer and members agree on everything. */
export function checkConfirmation(
  { suite }: PublicState,
  next: EpochContext,
  derived: NewEpoch,
  tag: Uint8Array,
): void {
  const expected = confirmationTag(suite, derived.secrets, next.context.confirmedTranscriptHash)
  if (equalConstantTime(expected, tag)) return
  wipeNewEpoch(derived)
  throw new RejectedError('invalid-confirmation-tag', { rule: 'copath-mls-6.1-02' })
}

/** The keys of an own Update and those of a path, in one. */
export function joinKeys(leaf: LeafIndex, update: OwnUpdate | undefined, path: NewKeys | undefined): NewKeys {
  const pairs = new Map(path?.pairs)
  if (update !== undefined) {
    const { privateKey, publicKey } = update.pair
    pairs.set(nodeOfLeaf(leaf), { privateKey: privateKey.slice(), publicKey })
  }
  return new NewKeys(pairs)
}

/** Forgets an Update that is not going to be committed. */
export function wipeOwnUpdate({ pair }: OwnUpdate): void {
  wipe(pair.privateKey)
}
