/** The schemas say what RFC 9420 says: same structs, same fields, same order. */
import { expect, it } from 'vitest'
import { printStruct } from '../../src/codec/codec.ts'
import { NAMED_CODECS } from './all-structs.ts'
import { declarationsOf, fingerprint } from './presentation.ts'
import { RFC9420_BLOCKS } from './rfc9420-structs.ts'

// what draft-ietf-mls-extensions adds
const ADDED = 'SelfRemove'
const ADDED_LINE = /\s*case self_remove:\s*SelfRemove;/

// the notation itself (section 2.1) rather than a struct of the protocol
const NOTATION = new Set(['optional', 'StructWithVectors'])

const ours = new Map(
  NAMED_CODECS.flatMap(codec => declarationsOf(printStruct(codec))).map(({ name, text }) => [
    name,
    text.replace(ADDED_LINE, ''),
  ]),
)

it('knows the 48 blocks of the RFC', () => {
  expect(RFC9420_BLOCKS).toHaveLength(48)
})

const declared = RFC9420_BLOCKS.flatMap(block => Object.entries(block)).filter(([name]) => !NOTATION.has(name))

it.each(declared)('%s is declared as in the RFC', (name, expected) => {
  const text = ours.get(name)
  expect(text, 'a codec with this name').toBeDefined()
  expect(fingerprint(text!), text).toBe(expected)
})

it('declares nothing that the RFC does not', () => {
  const known = new Set(declared.map(([name]) => name))
  expect([...ours.keys()].filter(name => !known.has(name))).toEqual([ADDED])
})
