/** RFC 8439 section 2.3 inside the module: published blocks, and the counters of four blocks at a time. */
import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../../src/base/bytes.ts'
import { seededBytes } from '../../seeded.ts'
import { testingModule } from './testing-module.ts'

const { call, bytes, io, arena } = testingModule('testing-symmetric')

function blocks(key: Uint8Array, nonce: Uint8Array, batches: number): string {
  bytes().set(key, io)
  bytes().set(nonce, io + 32)
  call['chacha20Start']!(io, io + 32)
  for (let i = 0; i < batches; i++) call['chacha20Blocks']!(arena + 256 * i)
  return toHex(bytes().slice(arena, arena + 256 * batches))
}

describe('ChaCha20', () => {
  test('RFC 8439 section 2.3.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i)
    const stream = blocks(key, fromHex('000000090000004a00000000'), 1)
    expect(stream.slice(128, 256)).toBe(
      '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
    )
  })

  test('RFC 8439 appendix A.1, test vectors 1 and 2', () => {
    expect(blocks(new Uint8Array(32), new Uint8Array(12), 1).slice(0, 256)).toBe(
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586' +
        '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    )
  })

  test('200 seeded keys, 20 blocks each, against OpenSSL', () => {
    for (let i = 0; i < 200; i++) {
      const key = seededBytes(`chacha20 key ${i}`, 32)
      const nonce = seededBytes(`chacha20 nonce ${i}`, 12)
      const cipher = createCipheriv('chacha20', key, new Uint8Array([0, 0, 0, 0, ...nonce]))
      expect(blocks(key, nonce, 5)).toBe(cipher.update(new Uint8Array(1280)).toString('hex'))
    }
  })
})
