/** RFC 9420 section 8.1: the group context of an epoch, encoded once, and what its extensions demand. */
import { copyOf } from '../base/bytes.ts'
import { encode } from '../codec/codec.ts'
import {
  checkNoRepeatedExtension,
  copyExtension,
  type Extension,
  type ExternalSender,
  ExternalSenders,
  findExtension,
  RequiredCapabilities,
} from './extension.ts'
import { GroupContext } from './group-context.ts'
import type { GroupParameters } from './leaf-checks.ts'
import { ExtensionType, ProtocolVersion } from './registries.ts'

/** What the extensions of a group context mean. */
export interface ContextExtensions {
  readonly extensions: readonly Extension[]
  /** What every leaf has to support. */
  readonly parameters: GroupParameters
  /** Section 12.1.8.1. */
  readonly externalSenders: readonly ExternalSender[]
}

/** A group context as an epoch uses it. */
export interface EpochContext extends ContextExtensions {
  readonly context: GroupContext
  readonly encoded: Uint8Array<ArrayBuffer>
}

/** Each number once: what is asked of every newcomer must not be as long as a message. */
function distinct(required: RequiredCapabilities | undefined): RequiredCapabilities | undefined {
  if (required === undefined) return undefined
  const once = (types: readonly number[]): number[] => [...new Set(types)]
  const { extensionTypes, proposalTypes, credentialTypes } = required
  return {
    extensionTypes: once(extensionTypes),
    proposalTypes: once(proposalTypes),
    credentialTypes: once(credentialTypes),
  }
}

/** Reads the extensions of a group context; refuses repeated ones and content that is not theirs. */
export function readContextExtensions(cipherSuite: number, given: readonly Extension[]): ContextExtensions {
  checkNoRepeatedExtension(given)
  // kept for as long as the group has them: the message that brought them may have a whole tree in it
  const extensions = given.map(copyExtension)
  return {
    extensions,
    parameters: {
      version: ProtocolVersion.of.mls10,
      cipherSuite,
      extensionTypes: extensions.map(({ extensionType }) => extensionType),
      required: distinct(findExtension(extensions, ExtensionType.of.required_capabilities, RequiredCapabilities)),
    },
    externalSenders: findExtension(extensions, ExtensionType.of.external_senders, ExternalSenders) ?? [],
  }
}

/** Encodes a group context. What its extensions mean has been read before. */
export function epochContext(
  meaning: ContextExtensions,
  fields: Pick<GroupContext, 'groupId' | 'epoch' | 'treeHash' | 'confirmedTranscriptHash'>,
): EpochContext {
  const { extensions, parameters, externalSenders } = meaning
  const { groupId, epoch, treeHash, confirmedTranscriptHash } = fields
  const context = {
    cipherSuite: parameters.cipherSuite,
    groupId: copyOf(groupId),
    epoch,
    treeHash: copyOf(treeHash),
    confirmedTranscriptHash: copyOf(confirmedTranscriptHash),
    extensions,
  }
  return { extensions, parameters, externalSenders, context, encoded: encode(GroupContext, context) }
}
