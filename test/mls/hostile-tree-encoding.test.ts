/** RFC 9420 section 7.8: encodings of trees that are cut, changed, put together wrongly or made up; each is refused with a code. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex } from '../../src/base/bytes.ts'
import { encode } from '../../src/codec/codec.ts'
import { opaque } from '../../src/codec/primitives.ts'
import { loadTree, readTree } from '../../src/mls/load-tree.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { forge } from './forge.ts'
import { eight, group, groupId, refusal, suite, without } from './hostile-trees.ts'

describe('the encoding', () => {
  const { bytes, treeHash } = forge(suite, without(eight, [1, 6, 5]), groupId)
  const load = (hostile: Uint8Array) => refusal(() => loadTree(hostile, { suite, groupId, group, treeHash }))
  const prefix = bytes[0]! >> 6

  it('cut anywhere is truncated', () => {
    expect(prefix).toBe(1)
    for (let length = 0; length < bytes.length; length++) {
      expect(load(bytes.subarray(0, length))).toMatchObject({ code: 'truncated' })
    }
  })

  it('with anything after it, or inside a length too long', () => {
    expect(load(concat(bytes, new Uint8Array(1)))).toMatchObject({ code: 'trailing-bytes', at: bytes.length })
    const content = bytes.subarray(2)
    const framed = (...head: number[]) => concat(Uint8Array.from(head), content)
    const [high, low] = [content.length >> 8, content.length & 0xff]
    expect(load(framed(0x40 | high, low))).toBeUndefined()
    expect(load(framed(0x80, 0, high, low))).toMatchObject({ code: 'non-minimal-length', at: 0 })
    expect(load(framed(0xc0, 0, high, low))).toMatchObject({ code: 'unknown-value', at: 0 })
    expect(load(framed(0xbf, 0xff, 0xff, 0xff))).toMatchObject({ code: 'truncated' })
    expect(load(framed(0x40 | high, low - 1))).toMatchObject({ code: 'truncated' })
  })

  it('that announces a gigabyte has none allocated', () => {
    const before = process.memoryUsage().arrayBuffers
    for (const hostile of ['bfffffff', 'bfffffff0101bfffffff', '06' + '0101bfffffff', '0701020101bfffffff']) {
      expect(load(fromHex(hostile))).toHaveProperty('code')
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6)
  })

  it('changed anywhere is refused with a code, never taken', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const hostile = bytes.slice()
        hostile[at]! ^= flip
        expect(load(hostile)).toHaveProperty('code')
        // without a group there is no signature to be wrong, but what is taken is what was sent
        const read = refusal(() => expect(readTree(suite, hostile).encode()).toEqual(hostile))
        if (read !== undefined) expect(read).toHaveProperty('code')
      }),
      { numRuns: 1500 },
    )
  })

  it('put together at random from its own pieces', () => {
    const cut = fc.tuple(fc.nat(bytes.length), fc.nat(bytes.length))
    const codes = new Set<unknown>()
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 6 }), cuts => {
        const pieces = cuts.map(([a, b]) => bytes.subarray(Math.min(a, b), Math.max(a, b)))
        const found = refusal(() => readTree(suite, encode(opaque, concat(...pieces))))
        codes.add(found?.['code'])
      }),
      { numRuns: 500 },
    )
    expect(codes.size).toBeGreaterThan(2)
  })

  it('of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), hostile => {
        expect(refusal(() => readTree(suite, hostile))).toHaveProperty('code')
        expect(load(hostile)).toHaveProperty('code')
      }),
      { numRuns: 1000 },
    )
  })

  it('whose nodes are exchanged, doubled or left out, is refused', () => {
    const { tree } = forge(suite, eight, groupId)
    const nodes = tree.sent
    fc.assert(
      fc.property(fc.nat(14), fc.nat(14), fc.constantFrom('swap', 'copy', 'blank', 'drop'), (a, b, how) => {
        const mixed = [...nodes]
        if (how === 'swap') [mixed[a], mixed[b]] = [nodes[b], nodes[a]]
        else if (how === 'copy') mixed[a] = nodes[b]
        else if (how === 'blank') mixed[a] = undefined
        else mixed.splice(a, 2)
        if ((how === 'swap' || how === 'copy') && a === b) return
        const hostile = encode(RatchetTree, mixed)
        expect(load(hostile)).toHaveProperty('code')
        const read = refusal(() => expect(readTree(suite, hostile).encode()).toEqual(hostile))
        // a node may be blank, unless it ties another; a tree may end early: then the tree hash tells
        if (how === 'swap' || how === 'copy') expect(read).toHaveProperty('code')
      }),
      { numRuns: 600 },
    )
  })
})
