/** RFC 9420 section 14: a commit that waited when its group was saved, staged again. It was checked when it was made. */
import { copyOf, EMPTY, toHex } from '../../base/bytes.ts'
import { SecretBytes, wipe } from '../../base/secret.ts'
import type { ValueOf } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { NodeIndex } from '../../tree/math.ts'
import type { FilteredPath } from '../../tree/resolution.ts'
import { changesOf } from '../changes.ts'
import type { CreatedCommit } from '../commit-create.ts'
import { stageCommit } from '../commit-stage.ts'
import { Epoch } from '../epoch.ts'
import { copyExtension } from '../extension.ts'
import type { Settings } from '../group-config.ts'
import type { GroupCore, PendingCommit } from '../group-core.ts'
import { NewKeys } from '../held-keys.ts'
import type { Invitation } from '../invitation.ts'
import { type EpochSecrets, SECRET_NAMES, type SecretName } from '../key-schedule.ts'
import { replacedKeys } from '../transition.ts'
import { refuseSaved } from './refuse.ts'
import { type FindSigner, loadRequest } from './requests.ts'
import type { SavedInvitation, SavedPending } from './structs.ts'
import type { Taken } from './taken.ts'

/** Neither the application's opinion nor the time counts twice: members agreed on the epoch that the commit starts from. */
function trusting(settings: Settings): Settings {
  return {
    ...settings,
    authentication: { isValid: () => true, isSuccessor: () => true },
    policy: {},
    checkReceivedLifetimes: false,
    unlistedSuite: true,
  }
}

/** The secrets of an epoch as they were saved: those that had been used up are wiped from the start. What was read is wiped too. */
export function loadSecrets(
  { kdf }: CipherSuite,
  saved: readonly (Uint8Array | undefined)[],
  taken: Taken,
  isNeeded: (name: SecretName) => boolean,
): EpochSecrets {
  if (saved.length !== SECRET_NAMES.length) throw refuseSaved('an epoch has the wrong number of secrets')
  const entries = SECRET_NAMES.map((name, i) => {
    const bytes = saved[i]
    if (bytes === undefined && isNeeded(name)) throw refuseSaved('a secret is missing')
    const secret = new SecretBytes(bytes === undefined ? EMPTY : taken.secret(bytes, kdf.length))
    if (bytes === undefined) secret.wipe()
    return [name, secret] as const
  })
  wipe(...saved)
  return Object.fromEntries(entries) as unknown as EpochSecrets
}

/** What the Welcome of a commit is made of. What was read is wiped. */
function loadInvitation(
  { kdf }: CipherSuite,
  saved: ValueOf<typeof SavedInvitation>,
  path: FilteredPath | undefined,
  taken: Taken,
): Invitation {
  const { joinerSecret, welcomeSecret, pathSecrets, ratchetTree, extensions, signature } = saved
  const take = (bytes: Uint8Array, length = kdf.length): SecretBytes => {
    const secret = new SecretBytes(taken.secret(bytes, length))
    wipe(bytes)
    return secret
  }
  return {
    joinerSecret: take(joinerSecret),
    welcomeSecret: take(welcomeSecret),
    pathSecrets: path && take(pathSecrets ?? EMPTY, path.nodes.length * kdf.length),
    path,
    ratchetTree,
    extensions: extensions.map(copyExtension),
    signature: copyOf(signature),
  }
}

/** The pending commit of a group that is otherwise complete. */
export function loadPending(
  core: GroupCore,
  saved: ValueOf<typeof SavedPending> & { readonly invitation: ValueOf<typeof SavedInvitation> | undefined },
  findSigner: FindSigner,
  taken: Taken,
): PendingCommit {
  const { content: signed, message, requests, newKeys, secrets, signer } = saved
  if (signed.content.contentType !== 'commit') throw refuseSaved('what waits is no commit')
  const { suite, settings, cache } = core
  const state = { ...core.state, settings: trusting(settings) }
  const staged = stageCommit(state, signed, cache)
  const { next: context, interimTranscriptHash, confirmationTag, committer, tree } = staged
  const parts = {
    context,
    secrets: loadSecrets(suite, secrets, taken, () => true),
    interimTranscriptHash,
    confirmationTag,
    leaves: tree.leafCount,
  }
  const pairs = newKeys.map(({ node, pair }) => {
    const copied = taken.pair(suite, pair)
    // what it is copied from lives on: the content and the requests are views of the same bytes
    wipe(pair.privateKey)
    return [node as NodeIndex, copied] as const
  })
  const created: CreatedCommit = {
    signed,
    message: copyOf(message),
    invitation: saved.invitation && loadInvitation(suite, saved.invitation, staged.applied?.path, taken),
    transition: {
      staged,
      authenticatedData: signed.content.authenticatedData,
      committer,
      changes: changesOf(state, staged),
      replaced: replacedKeys(state, staged, committer),
      epoch: new Epoch(suite, parts, settings.ratchetLimits),
      newKeys: new NewKeys(new Map(pairs)),
      signer: signer && findSigner(signer),
    },
  }
  const refs = staged.sorted.list.flatMap(({ ref }) => (ref === undefined ? [] : [toHex(ref)]))
  return { created, requests: requests.map(request => loadRequest(request, findSigner)), refs: new Set(refs) }
}
