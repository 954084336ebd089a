/** What `copath inspect` can decode, what it recognises by itself, and what stands inside extensions. */
import { RejectedError } from '../../base/errors.ts'
import type { Inside } from '../../codec/annotate.ts'
import { type Codec, check } from '../../codec/codec.ts'
import { Commit } from '../../mls/commit.ts'
import { Credential } from '../../mls/credential.ts'
import {
  ApplicationId,
  Extension,
  ExternalPub,
  ExternalSender,
  ExternalSenders,
  RequiredCapabilities,
} from '../../mls/extension.ts'
import { FramedContent, PublicMessage, Sender } from '../../mls/framing.ts'
import { GroupContext } from '../../mls/group-context.ts'
import { GroupInfo } from '../../mls/group-info.ts'
import { KeyPackage } from '../../mls/key-package.ts'
import { Capabilities, LeafNode } from '../../mls/leaf-node.ts'
import { MLSMessage } from '../../mls/message.ts'
import { PrivateMessage } from '../../mls/private-message.ts'
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  Proposal,
  ReInit,
  Remove,
  Update,
} from '../../mls/proposal.ts'
import { PreSharedKeyID } from '../../mls/psk.ts'
import { ParentNode } from '../../mls/ratchet-tree.ts'
import { ExtensionType, ProtocolVersion, WireFormat } from '../../mls/registries.ts'
import { Node, RatchetTree } from '../../mls/tree-structs.ts'
import { HPKECiphertext, UpdatePath } from '../../mls/update-path.ts'
import { GroupSecrets, Welcome } from '../../mls/welcome.ts'

/** What is recognised without being told, in this order where bytes can be read as more than one. */
const RECOGNISED: readonly Codec<unknown>[] = [
  MLSMessage,
  KeyPackage,
  GroupInfo,
  RatchetTree,
  LeafNode,
  Welcome,
  PublicMessage,
  PrivateMessage,
  Proposal,
  Commit,
  UpdatePath,
  GroupContext,
  GroupSecrets,
]

const OTHERS: readonly Codec<unknown>[] = [
  Add,
  Update,
  Remove,
  PreSharedKey,
  ReInit,
  ExternalInit,
  GroupContextExtensions,
  FramedContent,
  Sender,
  Credential,
  Capabilities,
  Extension,
  RequiredCapabilities,
  ExternalSender,
  ExternalSenders,
  ExternalPub,
  PreSharedKeyID,
  Node,
  ParentNode,
  HPKECiphertext,
]

/** The name of a type, as the RFC writes it. */
export function nameOfType({ syntax }: Codec<unknown>): string {
  return syntax.before
}

/** The names of all types that can be asked for. */
export const TYPE_NAMES: readonly string[] = [...RECOGNISED, ...OTHERS].map(nameOfType)

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A type by its name, however that is written: `KeyPackage`, `key-package`, `key_package`. */
export function findType(name: string): Codec<unknown> | undefined {
  return [...RECOGNISED, ...OTHERS].find(codec => plain(nameOfType(codec)) === plain(name))
}

/** What bytes are, as far as that can be told. */
export interface Recognised {
  /** The types that the bytes are a whole encoding of. */
  readonly matching: readonly Codec<unknown>[]
  /** Where none does: the one whose first fault is the furthest. */
  readonly nearest: Codec<unknown>
}

function faultOf(codec: Codec<unknown>, bytes: Uint8Array): number | undefined {
  try {
    check(codec, bytes)
    return undefined
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return Number(error.details['at'] ?? 0)
  }
}

/** Whether bytes start with the version of the protocol and a wire format. */
function isMessageStart(bytes: Uint8Array): boolean {
  const [a, version, b, format = 0] = bytes
  const formats: readonly number[] = Object.values(WireFormat.of)
  return a === 0 && version === ProtocolVersion.of.mls10 && b === 0 && formats.includes(format)
}

/** Holds bytes against every type. Each costs one pass that makes no objects. */
export function recognise(bytes: Uint8Array): Recognised {
  const matching: Codec<unknown>[] = []
  let nearest: Codec<unknown> = MLSMessage
  // whatever starts as a message does is taken for one: how far others come is chance
  let furthest = isMessageStart(bytes) ? Number.POSITIVE_INFINITY : -1
  for (const codec of RECOGNISED) {
    const fault = faultOf(codec, bytes)
    if (fault === undefined) matching.push(codec)
    else if (fault > furthest) {
      furthest = fault
      nearest = codec
    }
  }
  return { matching, nearest }
}

const IN_EXTENSIONS = new Map<number, Codec<unknown>>([
  [ExtensionType.of.application_id, ApplicationId],
  [ExtensionType.of.ratchet_tree, RatchetTree],
  [ExtensionType.of.required_capabilities, RequiredCapabilities],
  [ExtensionType.of.external_pub, ExternalPub],
  [ExtensionType.of.external_senders, ExternalSenders],
])

/** What the data of an extension is, by its type (section 17.3). */
export function insideOf({ struct, field, before }: Inside): Codec<unknown> | undefined {
  if (struct !== 'Extension' || field !== 'extension_data') return undefined
  const type = before[0]?.content
  return type?.kind === 'enumeration' ? IN_EXTENSIONS.get(type.number) : undefined
}

/** Fields that hold secrets: only their length is printed. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set(['GroupSecrets.joiner_secret', 'PathSecret.path_secret'])
