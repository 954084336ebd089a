/** Every codec of src/mls, for tests that run over all of them. */
import type { Codec } from '../../src/codec/codec.ts'
import * as commit from '../../src/mls/commit.ts'
import * as coveredStructs from '../../src/mls/covered-structs.ts'
import * as credential from '../../src/mls/credential.ts'
import * as cryptoObjects from '../../src/mls/crypto-objects.ts'
import * as extension from '../../src/mls/extension.ts'
import * as framing from '../../src/mls/framing.ts'
import * as groupContext from '../../src/mls/group-context.ts'
import * as groupInfo from '../../src/mls/group-info.ts'
import * as keyPackage from '../../src/mls/key-package.ts'
import * as leafNode from '../../src/mls/leaf-node.ts'
import * as message from '../../src/mls/message.ts'
import * as privateMessage from '../../src/mls/private-message.ts'
import * as proposal from '../../src/mls/proposal.ts'
import * as psk from '../../src/mls/psk.ts'
import * as ratchetTree from '../../src/mls/ratchet-tree.ts'
import * as registries from '../../src/mls/registries.ts'
import * as transcript from '../../src/mls/transcript.ts'
import * as treeStructs from '../../src/mls/tree-structs.ts'
import * as updatePath from '../../src/mls/update-path.ts'
import * as welcome from '../../src/mls/welcome.ts'

const modules = [
  commit,
  coveredStructs,
  credential,
  cryptoObjects,
  extension,
  framing,
  groupContext,
  groupInfo,
  keyPackage,
  leafNode,
  message,
  privateMessage,
  proposal,
  psk,
  ratchetTree,
  registries,
  transcript,
  treeStructs,
  updatePath,
  welcome,
]

function isCodec(value: unknown): value is Codec<unknown> {
  return typeof value === 'object' && value !== null && 'read' in value && 'write' in value && 'syntax' in value
}

/** The codecs with a name of their own. */
export const NAMED_CODECS: readonly Codec<unknown>[] = modules
  .flatMap(module => Object.values<unknown>(module))
  .filter(isCodec)
  .filter(codec => codec.syntax.declaration !== undefined)
