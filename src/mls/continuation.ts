/** RFC 9420 sections 11.2 and 11.3: groups that continue another, tied to it by a resumption key. */
import { arrayOf, checked } from '../base/arguments.ts'
import { equalPublic, toHex } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { encode } from '../codec/codec.ts'
import { vector } from '../codec/primitives.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { createCommit } from './commit-create.ts'
import { Credential } from './credential.ts'
import { Extension } from './extension.ts'
import { settingsOf } from './group-config.ts'
import type { GroupCore } from './group-core.ts'
import { foundGroup, type NewGroup } from './group-found.ts'
import type { GroupTree } from './group-tree.ts'
import { wipeInvitation } from './invitation.ts'
import type { JoinedGroup } from './join.ts'
import type { ListedProposal } from './proposal-list.ts'
import { freshPskId, readKeyPackage } from './proposal-request.ts'
import type { PreSharedKeyID, ResumptionPSKUsage } from './psk.ts'
import { ProtocolVersion } from './registries.ts'
import type { PskSource } from './resumption.ts'

/** How a group continues another. */
export type Continuation = Exclude<ResumptionPSKUsage, 'application'>

/** A group that continues another, with the Welcome for its members. */
export interface Continued {
  readonly core: GroupCore
  readonly welcome: Uint8Array<ArrayBuffer>
}

/** What the member that founds it says. */
export interface ContinuationRequest extends Omit<NewGroup, 'groupId' | 'extensions' | 'suite'> {
  readonly keyPackages: readonly Uint8Array[]
  /** Whether the Welcome carries the tree; otherwise it is `group.ratchetTree()`. Default: true. */
  readonly ratchetTree?: boolean
}

const EXTENSIONS = vector(Extension)

/** The resumption key that ties a group to the one before it: of that group's last epoch. */
function tie(previous: GroupCore, suite: CipherSuite, usage: Continuation): PreSharedKeyID {
  const pskGroupId = previous.groupId
  const pskEpoch = previous.epoch.number
  const pskNonce = new Uint8Array(0)
  return freshPskId(suite, { psktype: 'resumption', usage, pskGroupId, pskEpoch, pskNonce })
}

/** The keys of the group that is continued, then whatever else there is. */
export function withPrevious(previous: GroupCore | undefined, elsewhere: PskSource): PskSource {
  if (previous === undefined) return elsewhere
  return id => {
    const there = id.psktype === 'resumption' && equalPublic(id.pskGroupId, previous.groupId)
    return (there ? previous.resumption.at(id.pskEpoch) : undefined) ?? elsewhere(id)
  }
}

/** Founds a group that continues another: one commit adds all its members. */
export function continueGroup(
  previous: GroupCore,
  usage: Continuation,
  request: ContinuationRequest & Pick<NewGroup, 'suite' | 'groupId' | 'extensions'>,
): Continued {
  checked(request, arrayOf(request.keyPackages).length > 0, 'members to add')
  const settings = settingsOf(request.config ?? {})
  const core = foundGroup(request, settings)
  try {
    return { core, welcome: addAll(core, previous, usage, request) }
  } catch (error) {
    core.wipe()
    throw error
  }
}

/** Adds the members to a group that has just been founded. */
function addAll(
  core: GroupCore,
  previous: GroupCore,
  usage: Continuation,
  request: ContinuationRequest,
): Uint8Array<ArrayBuffer> {
  const { suite, settings } = core
  const sender = { senderType: 'member', leafIndex: core.leaf } as const
  const psk = tie(previous, suite, usage)
  const adds = request.keyPackages.map((bytes): ListedProposal => {
    return { proposal: { proposalType: 'add', keyPackage: readKeyPackage(bytes) }, sender }
  })
  const list: ListedProposal[] = [...adds, { proposal: { proposalType: 'psk', psk }, sender }]
  const findPsk = withPrevious(previous, settings.preSharedKey)
  const { created, invited } = createCommit(
    { ...core.state, findPsk, founding: true },
    {
      list,
      path: true,
      authenticatedData: new Uint8Array(0),
      framing: 'public',
      welcome: {
        ratchetTree: request.ratchetTree === false ? 'omitted' : 'inside',
        extensions: [],
      },
    },
  )
  core.take(created.transition, { own: true, external: false })
  wipeInvitation(created.invitation)
  checkMembers(usage, previous, core)
  return invited!.welcome
}

function refuse(rule: string): RejectedError {
  return new RejectedError('invalid-welcome', { rule })
}

/** The members of a tree by their credentials, which are what applications know members by: each as often as it has devices. */
function credentialsOf(tree: GroupTree): string[] {
  return [...tree.leaves()].map(leaf => toHex(encode(Credential, tree.leafNode(leaf)!.credential))).sort()
}

/** What is said of the new group beside the old one: who is in it, and its name. */
function checkMembers(
  usage: Continuation,
  previous: GroupCore,
  { tree, epoch }: Pick<JoinedGroup, 'tree' | 'epoch'>,
): void {
  const before = credentialsOf(previous.tree)
  const now = credentialsOf(tree)
  if (usage === 'reinit') {
    // copath-mls-11.2-01: a reinitialized group has the members of the old one, device by device
    if (before.join() !== now.join()) throw refuse('copath-mls-11.2-01')
    return
  }
  const names = new Set(before)
  // copath-mls-11.3-01: a branch has no others
  if (!now.every(name => names.has(name))) throw refuse('copath-mls-11.3-01')
  // its group goes on beside it, and keys are told apart by the names of their groups
  if (equalPublic(epoch.context.context.groupId, previous.groupId)) throw refuse('copath-mls-12.4.3.1-08')
}

/** What a newcomer checks of a group that says that it continues another. copath-mls-11.2-04: the newcomer is in that one. */
export function checkContinuation(joined: JoinedGroup, previous: GroupCore | undefined): void {
  const isTied = joined.secrets.psks.some(id => id.psktype === 'resumption' && id.usage !== 'application')
  // copath-mls-11.2-05: where a group is to continue another, a key of that one shows that it does
  if (previous !== undefined && !isTied) throw refuse('copath-mls-11.2-05')
  for (const id of joined.secrets.psks) {
    if (id.psktype !== 'resumption' || id.usage === 'application') continue
    const { context } = joined.epoch.context
    // copath-mls-11.2-02 and copath-mls-11.3-02: the group is as new as can be
    if (context.epoch !== 1n) throw refuse(id.usage === 'reinit' ? 'copath-mls-11.2-02' : 'copath-mls-11.3-02')
    // whoever invites decides which group the new one says to continue
    if (previous === undefined || !equalPublic(id.pskGroupId, previous.groupId)) {
      throw new RejectedError('unknown-psk', { rule: 'copath-mls-11.2-04', usage: id.usage })
    }
    if (id.usage === 'branch') {
      // copath-mls-11.3-03: a branch has the suite of the group that it is of
      if (context.cipherSuite !== previous.suite.id) throw refuse('copath-mls-11.3-03')
    } else checkReinit(joined, previous, id.pskEpoch)
    checkMembers(id.usage, previous, joined)
  }
}

/** copath-mls-11.2-03: the new group is what the ReInit said, which was in the last commit of the old one. */
function checkReinit({ epoch }: JoinedGroup, { reinit, epoch: last }: GroupCore, pskEpoch: bigint): void {
  const { context } = epoch.context
  const same =
    reinit !== undefined &&
    reinit.version === ProtocolVersion.of.mls10 &&
    pskEpoch === last.number &&
    equalPublic(reinit.groupId, context.groupId) &&
    reinit.cipherSuite === context.cipherSuite &&
    equalPublic(encode(EXTENSIONS, reinit.extensions), encode(EXTENSIONS, context.extensions))
  if (!same) throw refuse('copath-mls-11.2-03')
}
