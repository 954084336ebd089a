/** Vectors of the MLS working group for encodings: deserialization.json (lengths) and messages.json (whole messages). */
import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { type Codec, check, decode, decodePrefix, encode } from '../../src/codec/codec.ts'
import { vector } from '../../src/codec/primitives.ts'
import { Reader } from '../../src/codec/reader.ts'
import { Writer } from '../../src/codec/writer.ts'
import { Commit } from '../../src/mls/commit.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import {
  Add,
  ExternalInit,
  GroupContextExtensions,
  PreSharedKey,
  ReInit,
  Remove,
  Update,
} from '../../src/mls/proposal.ts'
import { RatchetTree } from '../../src/mls/ratchet-tree.ts'
import { GroupSecrets } from '../../src/mls/welcome.ts'
import { describeVectors } from '../vectors/locate.ts'

describeVectors<{ vlbytes_header: string; length: number }[]>('mls/deserialization.json', cases => {
  it.each(cases)('$vlbytes_header announces $length bytes', ({ vlbytes_header, length }) => {
    expect(new Reader(fromHex(vlbytes_header), 'header').length()).toBe(length)
    const writer = new Writer()
    writer.length(length)
    expect(toHex(writer.finish())).toBe(vlbytes_header)
  })
})

const codecs: Record<string, Codec<unknown>> = {
  mls_welcome: MLSMessage,
  mls_group_info: MLSMessage,
  mls_key_package: MLSMessage,
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
  public_message_application: MLSMessage,
  public_message_proposal: MLSMessage,
  public_message_commit: MLSMessage,
  private_message: MLSMessage,
}

describeVectors<Record<string, string>[]>('mls/messages.json', cases => {
  it.each(Object.keys(cases[0]!))('%s: all cases come back byte for byte', name => {
    const codec = codecs[name]
    expect(codec).toBeDefined()
    for (const entry of cases) {
      const bytes = fromHex(entry[name]!)
      expect(toHex(encode(codec!, decode(codec!, bytes)))).toBe(entry[name])
      check(codec!, bytes)
      expect(() => decode(codec!, bytes.subarray(0, -1))).toThrow(expect.objectContaining({ code: 'truncated' }))
      expect(decodePrefix(codec!, Uint8Array.of(...bytes, 0)).end).toBe(bytes.length)
    }
  })

  it('many in one vector', () => {
    const messages = cases.map(entry => decode(Commit, fromHex(entry['commit']!)))
    const bytes = encode(vector(Commit), messages)
    expect(decode(vector(Commit), bytes)).toEqual(messages)
  })
})
