/** Encodings taken apart by their declarations: names, places, values; what is broken is told, never thrown. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { type Annotation, annotate } from '../../src/codec/annotate.ts'
import { type Codec, check, encode } from '../../src/codec/codec.ts'
import { enumeration, openEnumeration, registry } from '../../src/codec/enumerations.ts'
import {
  named,
  opaque,
  opaqueOf,
  optional,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
  zeroPadding,
} from '../../src/codec/primitives.ts'
import { dependent, select } from '../../src/codec/select.ts'
import { constant, struct } from '../../src/codec/struct.ts'
import { expectComplete } from './complete.ts'

const Color = enumeration('Color', { red: 1, blue: 7 })
const Kind = registry('Kind', { point: 1, line: 2 })
const Version = openEnumeration('Version', { one: 1 })
const Point = struct('Point', { xPosition: uint16, y: uint8 })
const Whole = struct('Whole', {
  version: constant(Version, 'one'),
  color: select(Color, { red: {}, blue: { depth: uint16 } }),
  shade: Color,
  names: vector(named('Name', opaque)),
  border: optional(Point),
  caption: optional(opaqueName()),
  figure: struct('Figure', {
    kind: select(Kind, { point: Point, line: { ends: vector(Point) } }, { content: opaque }),
  }),
  kinds: vector(Kind),
  tag: opaqueOf(2),
  count: uint32,
  time: uint64,
  note: dependent(Color, 'Whole.color', { red: { text: opaque }, blue: {} }),
  padding: zeroPadding('rest'),
})

function opaqueName(): Codec<Uint8Array> {
  return named('Caption', opaque)
}

const EXAMPLE = {
  color: 'red',
  shade: 'blue',
  names: [fromHex('aabb'), fromHex('')],
  border: { xPosition: 3, y: 4 },
  caption: fromHex('cc'),
  figure: { kind: 'point', xPosition: 5, y: 6 },
  kinds: [2, 0x1a1a],
  tag: fromHex('0102'),
  count: 9,
  time: 10n,
  text: fromHex('ee'),
  padding: 3,
} as const

/** One line per annotation: name, type, place, header and content. */
function outline(at: Annotation, depth = 0): string[] {
  const { content } = at
  const value =
    content.kind === 'bytes'
      ? toHex(content.bytes)
      : content.kind === 'number'
        ? String(content.value)
        : content.kind === 'enumeration'
          ? `${content.name ?? '?'}=${content.number}`
          : content.kind === 'vector' && content.omitted > 0
            ? `omitted ${content.omitted}`
            : content.kind
  const line = `${' '.repeat(depth)}${at.name} ${at.type} ${at.start}+${at.end - at.start}/${at.header} ${value}`
  return [line, ...at.children.flatMap(child => outline(child, depth + 1))]
}

describe('an encoding taken apart', () => {
  it('names every field, says where it is, and what is in it', () => {
    const { root, problem } = annotate(Whole, encode(Whole, EXAMPLE))
    expect(problem).toBeUndefined()
    expect(outline(root)).toEqual([
      'Whole Whole 0+45/0 struct',
      ' version Version 0+2/0 one=1',
      ' color Color 2+1/0 red=1',
      ' shade Color 3+1/0 blue=7',
      ' names Name<V> 4+5/1 vector',
      '  [0] Name 5+3/1 aabb',
      '  [1] Name 8+1/1 ',
      ' border Point 9+4/1 struct',
      '  x_position uint16 10+2/0 3',
      '  y uint8 12+1/0 4',
      ' caption Caption 13+3/2 cc',
      ' figure Figure 16+5/0 struct',
      '  kind Kind 16+2/0 point=1',
      '  point Point 18+3/0 struct',
      '   x_position uint16 18+2/0 5',
      '   y uint8 20+1/0 6',
      ' kinds Kind<V> 21+5/1 vector',
      '  [0] Kind 22+2/0 line=2',
      '  [1] Kind 24+2/0 ?=6682',
      ' tag opaque[2] 26+2/0 0102',
      ' count uint32 28+4/0 9',
      ' time uint64 32+8/0 10',
      ' text opaque<V> 40+2/1 ee',
      ' padding opaque[rest] 42+3/0 padding',
    ])
    expectComplete(root)
  })

  it('follows a tag that stands elsewhere, and unknown values that are carried', () => {
    const { text: _, ...rest } = EXAMPLE
    const value = {
      ...rest,
      color: 'blue',
      depth: 0x102,
      border: undefined,
      caption: undefined,
      figure: { kind: 'unknown', kindValue: 99, content: fromHex('dd') },
      padding: 0,
    } as const
    const { root, problem } = annotate(Whole, encode(Whole, value))
    expect(problem).toBeUndefined()
    const lines = outline(root)
    expect(lines).toContain(' depth uint16 3+2/0 258')
    expect(lines).toContain(' border optional<Point> 11+1/1 absent')
    expect(lines).toContain('  kind Kind 13+2/0 ?=99')
    expect(lines).toContain('  content opaque<V> 15+2/1 dd')
    expect(lines.some(line => line.startsWith(' text'))).toBe(false)
    expectComplete(root)
  })

  it('tells where it is broken, with all that stands before', () => {
    const bytes = encode(Whole, EXAMPLE).subarray(0, 20)
    const { root, problem } = annotate(Whole, bytes)
    expect(problem).toMatchObject({ path: ['Whole', 'figure', 'point', 'y'], at: 20, code: 'truncated' })
    expect(
      root.children
        .at(-1)
        ?.children.at(-1)
        ?.children.map(({ name }) => name),
    ).toEqual(['x_position', 'y'])
    expect(annotate(Whole, Uint8Array.of(0, 2)).problem).toMatchObject({ path: ['Whole', 'version'], at: 0 })
    expect(annotate(Color, Uint8Array.of(1, 2)).problem).toMatchObject({
      path: ['Color'],
      at: 1,
      code: 'trailing-bytes',
    })
    expect(annotate(Whole, fromHex('000102')).problem).toMatchObject({
      path: ['Whole', 'color'],
      at: 2,
      code: 'unknown-value',
    })
  })

  it('annotates no more than is asked for, and checks the rest', () => {
    const list = vector(uint16)
    const bytes = encode(list, [1, 2, 3, 4, 5])
    expect(outline(annotate(list, bytes, { elements: 2 }).root)).toEqual([
      'uint16<V> uint16<V> 0+11/1 omitted 3',
      ' [0] uint16 1+2/0 1',
      ' [1] uint16 3+2/0 2',
    ])
    expect(annotate(list, bytes, { total: 3 }).root.children).toHaveLength(2)
    expect(annotate(list, fromHex('05000100'), { elements: 0 }).problem).toMatchObject({ code: 'truncated' })
  })

  it('looks inside byte strings that somebody knows, to a depth that ends', () => {
    const Box = struct('Box', { size: uint8, content: opaque })
    const nested = (depth: number): Uint8Array =>
      encode(Box, { size: depth, content: depth === 0 ? new Uint8Array() : nested(depth - 1) })
    const inside = ({
      struct: name,
      field,
      before,
    }: {
      struct: string
      field: string
      before: readonly Annotation[]
    }) => {
      const size = before[0]?.content
      return name === 'Box' && field === 'content' && size?.kind === 'number' && size.value !== 0 ? Box : undefined
    }
    const { root } = annotate(Box, nested(2), { inside })
    expect(outline(root)).toEqual([
      'Box Box 0+6/0 struct',
      ' size uint8 0+1/0 2',
      ' content opaque<V> 1+5/1 01020000',
      '  Box Box 2+4/0 struct',
      '   size uint8 2+1/0 1',
      '   content opaque<V> 3+3/1 0000',
      '    Box Box 4+2/0 struct',
      '     size uint8 4+1/0 0',
      '     content opaque<V> 5+1/1 ',
    ])
    expect(outline(annotate(Box, nested(30), { inside }).root)).toHaveLength(3 + 3 * 4)
    const broken = annotate(Box, fromHex('01020105'), { inside })
    expect(broken.problem).toBeUndefined()
    expect(broken.root.children[1]!.problem).toMatchObject({ path: ['Box', 'content', 'Box', 'content'], at: 4 })
  })

  it('takes types of others as bytes', () => {
    const { shape: _, ...foreign } = uint16
    const { root } = annotate(struct('Outer', { inner: foreign, last: uint8 }), fromHex('010203'))
    expect(outline(root)).toEqual(['Outer Outer 0+3/0 struct', ' inner uint16 0+2/0 0102', ' last uint8 2+1/0 3'])
  })

  it('agrees with check on every input', () => {
    const good = encode(Whole, EXAMPLE)
    const mutated = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
      .map(([at, byte, length]) => Uint8Array.from(good, (old, i) => (i === at ? byte : old)).subarray(0, length))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), bytes => {
        let code: unknown
        let at: unknown
        try {
          check(Whole, bytes)
        } catch (error) {
          ;({
            code,
            details: { at },
          } = error as { code: string; details: { at: number } })
        }
        const { problem, root } = annotate(Whole, bytes)
        expect([problem?.code, problem?.at]).toEqual([code, at])
        if (problem === undefined) expectComplete(root)
      }),
      { numRuns: 3000 },
    )
  })
})
