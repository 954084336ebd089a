/** Hashes and MACs inside the module: results upon inputs, streams at every cut, and nothing touched beside the results. */
import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { seededBytes } from '../../seeded.ts'
import { testingModule } from './testing-module.ts'

const { call, bytes, arena, scratch, scratchSize } = testingModule('testing-symmetric')
const data = seededBytes('sha2 in place', 1 << 13)
const MESSAGES = arena + 0x1000
const WORK = arena + 0x6000
const KINDS = [
  { kind: 0, name: 'sha256', size: 32, block: 64 },
  { kind: 1, name: 'sha384', size: 48, block: 128 },
  { kind: 2, name: 'sha512', size: 64, block: 128 },
] as const

beforeEach(() => {
  bytes().fill(0, scratch, scratch + scratchSize)
  // what lies around the messages must not matter, so it is not zero
  bytes().fill(0xa5, arena, arena + 0xc000)
  bytes().set(data, MESSAGES)
})

const at = (address: number, length: number): string =>
  Buffer.from(bytes().slice(address, address + length)).toString('hex')
const dirtyScratch = (): number =>
  bytes()
    .subarray(scratch, scratch + scratchSize)
    .findIndex(byte => byte !== 0)

/** Writes the spans of messages of these lengths, `stride` bytes apart, at the start of the arena. */
function spansOf(lengths: readonly number[], stride: number): number {
  const words = new Uint32Array(bytes().buffer, arena, 2 * lengths.length)
  for (const [i, length] of lengths.entries()) words.set([MESSAGES + stride * i, length], 2 * i)
  return arena
}

describe.each(KINDS)('$name', ({ kind, name, size, block }) => {
  const digest = (from: number, length: number): string =>
    createHash(name)
      .update(data.subarray(from, from + length))
      .digest('hex')

  test('many digests, each upon its own message', () => {
    for (let count = 0; count <= 9; count++) {
      bytes().set(data, MESSAGES)
      const lengths = Array.from({ length: count }, (_, i) => Math.min(size, [64, 5, 33, 0, 48, 17][(i + count) % 6]!))
      call['digestMany']!(kind, count, spansOf(lengths, size), WORK, MESSAGES)
      for (const [i, length] of lengths.entries()) {
        expect(at(MESSAGES + size * i, size)).toBe(digest(size * i, length))
      }
      expect(dirtyScratch()).toBe(-1)
    }
  })

  test('many digests write nothing but themselves', () => {
    const lengths = [300, 0, 64, 120, 1, 55, 56, 200, 127]
    const before = bytes().slice()
    call['digestMany']!(kind, lengths.length, spansOf(lengths, 300), WORK, WORK + 0x1000)
    const from = WORK + 0x1000
    const changed = bytes().findIndex(
      (byte, i) =>
        byte !== before[i] &&
        !(i >= from && i < from + size * lengths.length) &&
        !(i >= WORK && i < WORK + 256) &&
        !(i >= arena && i < arena + 8 * lengths.length),
    )
    expect(changed).toBe(-1)
    for (const [i, length] of lengths.entries()) expect(at(from + size * i, size)).toBe(digest(300 * i, length))
  })

  test('a digest replaces its message and wipes no more than the padding', () => {
    for (const length of [0, 1, 31, 55, 56, 64, 111, 112, 128, 300]) {
      bytes().set(data, MESSAGES)
      call['digest']!(kind, MESSAGES, length)
      expect(at(MESSAGES, size)).toBe(digest(0, length))
      const end = MESSAGES + length + 144
      expect(bytes()[end]).toBe(data[length + 144])
      expect(dirtyScratch()).toBe(-1)
    }
  })

  test('a MAC may lie on its message, over its end, or right behind it', () => {
    const key = data.subarray(0, 40)
    const keyAt = MESSAGES
    const message = MESSAGES + 0x400
    for (const length of [0, 1, 40, 64, 111, 200]) {
      const want = createHmac(name, key)
        .update(data.subarray(0x400, 0x400 + length))
        .digest('hex')
      for (const out of [message, message + 8, message + length, message - size]) {
        bytes().set(data, MESSAGES)
        bytes().fill(0, keyAt + key.length, keyAt + block)
        call['mac']!(kind, keyAt, message, length, out)
        expect(at(out, size)).toBe(want)
        expect(at(keyAt, key.length)).toBe(Buffer.from(key).toString('hex'))
      }
    }
  })

  test('a stream fed in two, at every cut of every length of 0..260', () => {
    for (let length = 0; length <= 260; length++) {
      const want = digest(0, length)
      for (let cut = 0; cut <= length; cut++) {
        bytes().set(data.subarray(0, length), MESSAGES)
        call['streamBegin']!(kind, WORK)
        call['streamFeed']!(kind, WORK, MESSAGES, cut)
        call['streamFeed']!(kind, WORK, MESSAGES + cut, length - cut)
        call['streamEnd']!(kind, WORK)
        if (at(WORK, size) !== want) expect.fail(`${length} cut at ${cut}`)
      }
    }
  })

  test('a stream wipes what it is fed', () => {
    call['streamBegin']!(kind, WORK)
    call['streamFeed']!(kind, WORK, MESSAGES, 500)
    call['streamFeed']!(kind, WORK, MESSAGES + 500, 77)
    expect(
      bytes()
        .subarray(MESSAGES, MESSAGES + 577)
        .every(byte => byte === 0),
    ).toBe(true)
    expect(bytes()[MESSAGES + 577]).toBe(data[577])
    call['streamEnd']!(kind, WORK)
    expect(at(WORK, size)).toBe(digest(0, 577))
    expect(
      bytes()
        .subarray(WORK + size, WORK + 320)
        .every(byte => byte === 0),
    ).toBe(true)
    expect(dirtyScratch()).toBe(-1)
  })
})

test('lanes ignore what lies behind a message', () => {
  const lengths = [0, 1, 31, 55, 56, 63, 64, 65, 119, 120, 127, 200]
  const results = [0, 0xff].map(filling => {
    bytes().fill(filling, MESSAGES, WORK)
    for (const [i, length] of lengths.entries()) bytes().set(data.subarray(0, length), MESSAGES + 300 * i)
    call['sha256Many']!(lengths.length, spansOf(lengths, 300), WORK, 32)
    return at(WORK, 32 * lengths.length)
  })
  expect(results[0]).toBe(results[1])
})
