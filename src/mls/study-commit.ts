/** RFC 9420 sections 7.5 and 12.4: everybody else's side of a simulated commit. */
import { EMPTY, equalConstantTime, equalPublic } from '../base/bytes.ts'
import { BugError } from '../base/errors.ts'
import { wipingAfter } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import type { LeafIndex, NodeIndex } from '../tree/math.ts'
import type { FilteredPath } from '../tree/resolution.ts'
import { applyUpdatePath } from './apply-path.ts'
import type { PreparedPath } from './create-path.ts'
import { GroupContext } from './group-context.ts'
import type { GroupTree, StagedTree } from './group-tree.ts'
import { keysFromWelcome, openUpdatePath } from './process-path.ts'
import { STUDY_GROUP, type StudyDraft } from './study-draft.ts'
import { UpdatePath } from './update-path.ts'

/** What a commit was. */
export interface StudyCommit {
  /** The filtered direct path of the committer. */
  readonly path: FilteredPath
  /** For each node of the path, the nodes its secret was encrypted to. */
  readonly recipients: readonly (readonly NodeIndex[])[]
  /** Leaves of the new members. */
  readonly added: readonly LeafIndex[]
  /** The update path as it is sent. */
  readonly message: Uint8Array
}

/** The provisional group context of an epoch. */
function provisionalContext(staged: StagedTree, epoch: bigint): Uint8Array {
  return encode(GroupContext, {
    cipherSuite: staged.suite.id,
    groupId: STUDY_GROUP,
    epoch,
    treeHash: staged.treeHash(),
    confirmedTranscriptHash: EMPTY,
    extensions: [],
  })
}

/** Encrypts a prepared path, and lets every member open it on a tree of its own; what they learn goes into the draft. */
export function followCommit(tree: GroupTree, draft: StudyDraft, prepared: PreparedPath, epoch: bigint): StudyCommit {
  const { suite } = tree
  const { leaf: sender } = prepared.path
  const added = new Set(draft.joined.keys())
  const groupContext = provisionalContext(draft.staged, epoch)
  const message = encode(UpdatePath, prepared.seal(draft.staged, groupContext))
  const received = tree.stage()
  draft.repeatOn(received)
  const applied = applyUpdatePath(suite, received, decode(UpdatePath, message), { sender, added })
  if (!equalPublic(received.treeHash(), draft.staged.treeHash())) throw new BugError('broken-invariant', { sender })
  draft.learn(sender, prepared.newKeys())
  for (const { leaf, held } of draft.followers()) {
    if (leaf === sender) continue
    const { commitSecret, newKeys } = openUpdatePath(suite, received, applied, { held, groupContext })
    draft.learn(leaf, newKeys)
    const agrees = equalConstantTime(commitSecret.bytes, prepared.commitSecret.bytes)
    commitSecret.wipe()
    if (!agrees) throw new BugError('broken-invariant', { leaf })
  }
  for (const leaf of added) {
    const pathSecret = prepared.pathSecretFor(leaf)
    const welcome = { leaf, committer: sender, pathSecret }
    const keys = wipingAfter([pathSecret], () => keysFromWelcome(suite, received, welcome))
    draft.learn(leaf, keys)
  }
  return { path: applied.path, recipients: applied.recipients, added: [...added], message }
}
