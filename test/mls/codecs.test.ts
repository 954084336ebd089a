/** Every decoder of RFC 9420's structs against arbitrary bytes, against values of its own and against those values damaged. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { type Codec, check, decode, encode, type Given } from '../../src/codec/codec.ts'
import { ContentType, FramedContentAuthData } from '../../src/mls/framing.ts'
import { PrivateMessageContent } from '../../src/mls/private-message.ts'
import { invent } from '../codec/generate.ts'
import { NAMED_CODECS } from './all-structs.ts'

const needsContentType = new Set<unknown>([FramedContentAuthData, PrivateMessageContent])
const subjects: { title: string; codec: Codec<unknown>; given?: Given }[] = NAMED_CODECS.flatMap(codec => {
  const title = codec.syntax.before
  if (!needsContentType.has(codec)) return [{ title, codec }]
  return (['application', 'proposal', 'commit'] as const).map(type => ({
    title: `${title} of ${type}`,
    codec,
    given: ContentType.is(type),
  }))
})

const CODES = ['truncated', 'trailing-bytes', 'non-minimal-length', 'bad-presence', 'unknown-value', 'bad-padding']

/** Decodes or is refused with one of the codes; what decodes is the only encoding of its value. `check` agrees. */
function decodesOrRefuses(codec: Codec<unknown>, bytes: Uint8Array, given?: Given): 'decoded' | 'refused' {
  let value: unknown
  try {
    value = decode(codec, bytes, given)
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    expect(CODES).toContain(error.code)
    expect(error.details['at']).toBeGreaterThanOrEqual(0)
    expect(error.details['at']).toBeLessThanOrEqual(bytes.length)
    expect(() => check(codec, bytes, given)).toThrow(RejectedError)
    return 'refused'
  }
  expect(toHex(encode(codec, value, given))).toBe(toHex(bytes))
  check(codec, bytes, given)
  return 'decoded'
}

/** One change to an encoding: a byte replaced, bytes cut off, inserted or removed. */
const damage = fc.record({
  kind: fc.constantFrom('replace', 'cut', 'insert', 'remove'),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  byte: fc.oneof(fc.constantFrom(0, 1, 2, 0x3f, 0x40, 0x80, 0xc0, 0xff), fc.nat(255)),
})

function damaged(bytes: Uint8Array, { kind, place, byte }: { kind: string; place: number; byte: number }): Uint8Array {
  const at = Math.floor(place * bytes.length)
  const all = [...bytes]
  if (kind === 'replace') all[at] = byte
  else if (kind === 'cut') all.length = at
  else if (kind === 'insert') all.splice(at, 0, byte)
  else all.splice(at, 1)
  return Uint8Array.from(all)
}

describe.each(subjects)('$title', ({ codec, given }) => {
  it('decodes arbitrary bytes or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        decodesOrRefuses(codec, bytes, given)
      }),
      { numRuns: 60 },
    )
  })

  it('returns every value that it encodes, and refuses or understands it damaged', () => {
    let made = 0
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 64 }),
        fc.array(damage, { minLength: 4, maxLength: 4 }),
        (entropy, changes) => {
          const value = invent(codec, entropy, given)
          if (value === undefined) return
          made++
          const bytes = encode(codec, value, given)
          expect(decode(codec, bytes, given)).toEqual(value)
          expect(bytes.length).toBeGreaterThanOrEqual(codec.minLength)
          check(codec, bytes, given)
          for (const change of changes) decodesOrRefuses(codec, damaged(bytes, change), given)
        },
      ),
      { numRuns: 60 },
    )
    expect(made).toBeGreaterThan(30)
  })
})
