/** SHA-512 and SHA-384 inside the module: lengths, splits, and outputs that lie upon inputs. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { testingModule } from './testing-module.ts'

const { call, bytes, scratch, arena } = testingModule('testing-symmetric')
const message = createHash('shake256', { outputLength: 700 }).update('sha512').digest()

describe.each([
  { name: 'sha512', init: call['sha512Init']!, size: 64 },
  { name: 'sha384', init: call['sha384Init']!, size: 48 },
])('$name', ({ name, init, size }) => {
  const expected = (length: number): string => createHash(name).update(message.subarray(0, length)).digest('hex')

  function digest(parts: readonly number[], out: number): string {
    bytes().set(message, arena)
    init(scratch)
    let at = arena
    for (const part of parts) {
      call['sha512Update']!(scratch, at, part)
      at += part
    }
    call['sha512Final']!(scratch, out, size)
    return Buffer.from(bytes().slice(out, out + size)).toString('hex')
  }

  test('every length of 0..600, in one piece and in two', () => {
    for (let length = 0; length <= 600; length++) {
      const want = expected(length)
      for (const cut of [0, 1, length >> 1, length - 1, 111, 112, 127, 128, 129, 256]) {
        const first = Math.max(0, Math.min(cut, length))
        expect(digest([first, length - first], arena + 1024)).toBe(want)
      }
    }
  })

  test('every cut of 260 bytes', () => {
    for (let cut = 0; cut <= 260; cut++) expect(digest([cut, 260 - cut], arena + 1024)).toBe(expected(260))
  })

  test('the digest may be written over the message, the state and the buffer', () => {
    for (const length of [0, 1, 64, 111, 112, 200, 300]) {
      for (const out of [arena, arena + 8, scratch, scratch + 64]) {
        expect(digest([length], out)).toBe(expected(length))
      }
    }
  })
})
