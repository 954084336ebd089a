/** Vectors of encodings: every structure that travels. */
import { type Codec, check, decode, encode } from '../../codec/codec.ts'
import { Commit } from '../../mls/commit.ts'
import { MLSMessage } from '../../mls/message.ts'
import { Add, ExternalInit, GroupContextExtensions, PreSharedKey, ReInit, Remove, Update } from '../../mls/proposal.ts'
import { RatchetTree } from '../../mls/tree-structs.ts'
import { GroupSecrets } from '../../mls/welcome.ts'
import type { Given } from './given.ts'
import type { VectorKind } from './kind.ts'

/** The structures of the fields that are not messages. */
export const STRUCTURES: Readonly<Record<string, Codec<unknown>>> = {
  ratchet_tree: RatchetTree,
  group_secrets: GroupSecrets,
  add_proposal: Add,
  update_proposal: Update,
  remove_proposal: Remove,
  pre_shared_key_proposal: PreSharedKey,
  re_init_proposal: ReInit,
  external_init_proposal: ExternalInit,
  group_context_extensions_proposal: GroupContextExtensions,
  commit: Commit,
}

/** The formats of the fields that are messages, and of public ones what they hold. */
export const MESSAGES: Readonly<Record<string, readonly [format: string, content?: string]>> = {
  mls_welcome: ['mls_welcome'],
  mls_group_info: ['mls_group_info'],
  mls_key_package: ['mls_key_package'],
  public_message_application: ['mls_public_message', 'application'],
  public_message_proposal: ['mls_public_message', 'proposal'],
  public_message_commit: ['mls_public_message', 'commit'],
  private_message: ['mls_private_message'],
}

/** MLSpp's generator writes nothing into the one, and knows the other no more: RFC 9420 allows no such message. */
const MAY_BE_LEFT_OUT = ['group_context_extensions_proposal', 'public_message_application']

function isLeftOut(name: string, field: Given): boolean {
  return MAY_BE_LEFT_OUT.includes(name) && (!field.isPresent || field.bytes().length === 0)
}

export const messages: VectorKind = {
  name: 'messages',
  fields: [...Object.keys(MESSAGES), ...Object.keys(STRUCTURES)].filter(name => !MAY_BE_LEFT_OUT.includes(name)),
  check(given) {
    for (const [name, codec] of Object.entries(STRUCTURES)) {
      const field = given.at(name)
      if (!isLeftOut(name, field)) roundTrip(codec, field)
    }
    for (const [name, [format, content]] of Object.entries(MESSAGES)) {
      const field = given.at(name)
      if (isLeftOut(name, field)) continue
      const message = roundTrip(MLSMessage, field)
      field.require(message.wireFormat === format, `should be an ${format}, not an ${message.wireFormat}`)
      if (message.wireFormat === 'mls_public_message') {
        const { contentType } = message.publicMessage.content
        field.require(contentType === content, `should hold a ${content}, not a ${contentType}`)
      }
    }
  },
}

/** Decodes in both ways that there are, which must agree, and encodes again. */
function roundTrip<T>(codec: Codec<T>, field: Given): T {
  const bytes = field.bytes()
  const value = decode(codec, bytes)
  field.mustBe(encode(codec, value))
  check(codec, bytes)
  field.mustBeRefused(() => decode(codec, bytes.subarray(0, -1)), 'truncated', 'is accepted without its last byte')
  field.mustBeRefused(() => decode(codec, Uint8Array.of(...bytes, 0)), 'trailing-bytes', 'is accepted with a byte more')
  return value
}
