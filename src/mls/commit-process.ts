/** RFC 9420 section 12.4.2, Processing a Commit: what a member learns from it. Nothing changes until the transition is taken. */
import { toHex } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { SecretBytes, wipingAfter } from '../base/secret.ts'
import { nodeOfLeaf } from '../tree/math.ts'
import { type Changes, changesOf } from './changes.ts'
import { type StagedCommit, stageCommit } from './commit-stage.ts'
import type { SignedContent } from './content-signature.ts'
import { Epoch } from './epoch.ts'
import { HeldKeys } from './held-keys.ts'
import { externalInitContext, externalKeyPair, type NewEpoch, zeroSecret } from './key-schedule.ts'
import { type LearntSecrets, openUpdatePath } from './process-path.ts'
import type { ProposalCache } from './proposal-cache.ts'
import {
  checkConfirmation,
  deriveNext,
  joinKeys,
  type MemberState,
  type OwnUpdate,
  replacedKeys,
  type Transition,
} from './transition.ts'

/** What a commit of somebody else means for a member. */
export type ProcessedCommit =
  | { readonly kind: 'transition'; readonly transition: Transition }
  /** The member is not in the new epoch. */
  | { readonly kind: 'removed'; readonly committer: number; readonly changes: Changes }

/** The Updates of this member that wait to be committed, by reference. */
export type OwnUpdates = ReadonlyMap<string, OwnUpdate>

function ownUpdateIn({ sorted }: StagedCommit, leaf: number, updates: OwnUpdates): OwnUpdate | undefined {
  const entry = sorted.updates.find(update => update.leaf === leaf)
  const ref = entry && sorted.list[entry.proposal]!.ref
  return ref === undefined ? undefined : updates.get(toHex(ref))
}

/** Opens the path with the keys that the member has in the new tree: after its own Update only that of its leaf. */
function openPath(state: MemberState, staged: StagedCommit, update: OwnUpdate | undefined): LearntSecrets | undefined {
  const { applied, provisional, tree, committer } = staged
  if (applied === undefined) return undefined
  // its own, and not pending any more: nobody encrypts to oneself
  if (committer === state.leaf) throw new RejectedError('own-data', { leaf: committer })
  if (update === undefined) {
    return openUpdatePath(state.suite, tree, applied, { held: state.held, groupContext: provisional })
  }
  const { privateKey, publicKey } = update.pair
  const held = new HeldKeys(state.leaf, { privateKey: privateKey.slice(), publicKey })
  try {
    return openUpdatePath(state.suite, tree, applied, { held, groupContext: provisional })
  } finally {
    held.wipe()
  }
}

/** Section 8.3, copath-mls-12.4.3.2-05: where the commit is external, the init secret that it has encapsulated to the group. */
function initSecretOf({ suite, secrets }: MemberState, { sorted, external }: StagedCommit): Uint8Array<ArrayBuffer> {
  if (!external) return secrets.secrets.init.bytes.slice() as Uint8Array<ArrayBuffer>
  const pair = externalKeyPair(suite, secrets.secrets.external.bytes)
  return wipingAfter([pair.privateKey], () =>
    suite.hpke.receiveExport(pair, sorted.externalInit!, externalInitContext(suite)),
  )
}

function deriveFrom(state: MemberState, staged: StagedCommit, learnt: LearntSecrets | undefined): NewEpoch {
  const commitSecret = learnt?.commitSecret ?? new SecretBytes(zeroSecret(state.suite))
  try {
    const initSecret = initSecretOf(state, staged)
    return wipingAfter([initSecret], () => {
      const psks = staged.sorted.psks.map(({ id }) => id)
      const derived = deriveNext(state, staged.next, { psks, commitSecret: commitSecret.bytes, initSecret })
      checkConfirmation(state, staged.next, derived, staged.confirmationTag)
      return derived
    })
  } finally {
    commitSecret.wipe()
  }
}

/** Processes a commit whose signature has been verified. */
export function processCommit(
  state: MemberState,
  signed: SignedContent,
  { cache, updates }: { readonly cache: ProposalCache; readonly updates: OwnUpdates },
): ProcessedCommit {
  const staged = stageCommit(state, signed, cache)
  const { committer, next, tree } = staged
  const changes = changesOf(state, staged)
  if (tree.isBlank(nodeOfLeaf(state.leaf)) || staged.sorted.removes.some(({ leaf }) => leaf === state.leaf)) {
    return { kind: 'removed', committer, changes }
  }
  const update = ownUpdateIn(staged, state.leaf, updates)
  const learnt = openPath(state, staged, update)
  try {
    const { joinerSecret, welcomeSecret, secrets } = deriveFrom(state, staged, learnt)
    joinerSecret.wipe()
    welcomeSecret.wipe()
    const { confirmationTag, interimTranscriptHash } = staged
    const parts = { context: next, secrets, interimTranscriptHash, confirmationTag, leaves: tree.leafCount }
    const transition: Transition = {
      staged,
      authenticatedData: signed.content.authenticatedData,
      committer,
      changes,
      replaced: replacedKeys(state, staged, committer),
      epoch: new Epoch(state.suite, parts, state.settings.ratchetLimits),
      newKeys: joinKeys(state.leaf, update, learnt?.newKeys),
      signer: update?.signer,
    }
    return { kind: 'transition', transition }
  } catch (error) {
    learnt?.newKeys.wipe()
    throw error
  }
}
