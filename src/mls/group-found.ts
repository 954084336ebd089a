/** RFC 9420 section 11, Group Creation: a group of one. */
import { copyOf } from '../base/bytes.ts'
import { randomBytes } from '../base/random.ts'
import { wipe, wipingOnError } from '../base/secret.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { Epoch } from './epoch.ts'
import { epochContext, readContextExtensions } from './epoch-context.ts'
import type { Extension } from './extension.ts'
import { checkExternalSenders, defaultLifetime, type GroupConfig, type Settings, settingsOf } from './group-config.ts'
import { GroupCore } from './group-core.ts'
import { GroupTree } from './group-tree.ts'
import { HeldKeys } from './held-keys.ts'
import { type ClientDescription, createKeyPackage, type OwnKeyPackage } from './key-package-create.ts'
import { confirmationTag, createFirstEpoch } from './key-schedule.ts'
import { checkNewTree } from './proposal-apply.ts'
import { sortProposals } from './proposal-list.ts'
import { interimTranscriptHash, NO_TRANSCRIPT } from './transcript-hash.ts'

/** What a new group is made from. */
export interface NewGroup extends ClientDescription {
  readonly suite: CipherSuite
  /** Random by default. */
  readonly groupId?: Uint8Array
  /** Of the group context. */
  readonly extensions?: readonly Extension[]
  readonly config?: GroupConfig
}

/** copath-mls-11-01: founds a group with its creator as the only member, in epoch 0, its secrets drawn at random. */
export function foundGroup(request: NewGroup, settings: Settings = settingsOf(request.config ?? {})): GroupCore {
  const { suite } = request
  const lifetime = defaultLifetime(settings.clock(), settings.longestLifetime)
  const own = createKeyPackage(suite, { ...request, extensions: [], lifetime })
  wipe(own.initKeys.privateKey)
  return wipingOnError([own.leafKeys.privateKey], () => foundWith(own, request, settings))
}

function foundWith(own: OwnKeyPackage, request: NewGroup, settings: Settings): GroupCore {
  const { suite, signer } = request
  const groupId = copyOf(request.groupId ?? randomBytes(suite.random, suite.kdf.length))
  const meaning = readContextExtensions(suite.id, request.extensions ?? [])
  checkExternalSenders(settings, meaning.externalSenders, { known: [], where: {} })
  const tree = new GroupTree(suite)
  const staged = tree.stage()
  const leaf = staged.add(own.keyPackage.leafNode)
  // copath-mls-11.1-01: what is demanded of every member is demanded of the first
  const where = { leaf }
  checkNewTree(
    { tree: staged, sorted: sortProposals([], leaf), added: [], meaning, demands: meaning.parameters },
    { leafNode: own.keyPackage.leafNode, where },
  )
  const context = epochContext(meaning, {
    groupId,
    epoch: 0n,
    treeHash: staged.treeHash(),
    confirmedTranscriptHash: NO_TRANSCRIPT,
  })
  staged.merge()
  const secrets = createFirstEpoch(suite)
  const tag = confirmationTag(suite, secrets, NO_TRANSCRIPT)
  const parts = {
    context,
    secrets,
    interimTranscriptHash: interimTranscriptHash(suite, NO_TRANSCRIPT, tag),
    confirmationTag: tag,
    leaves: tree.leafCount,
  }
  const held = new HeldKeys(leaf, own.leafKeys)
  return new GroupCore({
    suite,
    settings,
    tree,
    leaf,
    held,
    epoch: new Epoch(suite, parts, settings.ratchetLimits),
    signer,
  })
}
