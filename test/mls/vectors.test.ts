/** Vectors of the MLS working group for encodings: deserialization.json (lengths) and messages.json (whole messages). */
import { expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import { MESSAGES, STRUCTURES } from '../../src/cli/vectors/messages.ts'
import { type Codec, decode, decodePrefix, encode } from '../../src/codec/codec.ts'
import { vector } from '../../src/codec/primitives.ts'
import { Commit } from '../../src/mls/commit.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()

describeKind('deserialization', provider)

describeKind<Record<string, string>>('messages', provider, cases => {
  it.each(Object.keys(cases[0]!))('%s: the end is found where more follows', name => {
    const codec: Codec<unknown> | undefined = name in MESSAGES ? MLSMessage : STRUCTURES[name]
    expect(codec).toBeDefined()
    for (const entry of cases) {
      const bytes = fromHex(entry[name]!)
      expect(decodePrefix(codec!, Uint8Array.of(...bytes, 0)).end).toBe(bytes.length)
    }
  })

  it('many in one vector', () => {
    const messages = cases.map(entry => decode(Commit, fromHex(entry['commit']!)))
    const bytes = encode(vector(Commit), messages)
    expect(decode(vector(Commit), bytes)).toEqual(messages)
  })
})
