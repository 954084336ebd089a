/**
 * Ten thousand seeded cases of hashes and of key derivation on every backend, accumulated into one digest each. Of SHA-2, the
 * standard build of libsodium-wrappers has SHA-512 only.
 */
import { createHash } from 'node:crypto'
import sodium from 'libsodium-wrappers'
import { describe, expect, test } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { createWasmHashes } from '../../src/crypto/backends/wasm/hash.ts'
import { createWasmKdfs } from '../../src/crypto/backends/wasm/kdf.ts'
import type { Backend, Hash, Kdf } from '../../src/crypto/provider.ts'
import { backendsUnderTest } from './backends.ts'
import { seededBytes } from './seeded.ts'

const CASES = 10_000
const LIST = 50

const pool = seededBytes('accumulated sha2', 1 << 16)
const numbers = new Uint16Array(seededBytes('accumulated sha2 lengths', 10 * CASES).buffer)

/** Bytes `which` (0, 1) of case `i`: a slice of the pool whose length is below `limit`, often at an edge of a block. */
function bytesOf(i: number, which: number, limit: number): Uint8Array {
  const from = numbers[5 * i + which]! & 0x7fff
  const choice = numbers[5 * i + which + 2]!
  const length = choice % 4 === 0 ? 64 * (1 + (choice % 3)) - 10 + (choice % 13) : choice % limit
  return pool.subarray(from, from + length)
}

const listOf = (first: number, which: number, limit: number): ByteList =>
  ByteList.of(Array.from({ length: LIST }, (_, i) => bytesOf(first + i, which, limit)))

/** How much key material case `i` asks for: the same for a list in bulk calls. */
const outputLength = (i: number): number => 1 + (numbers[5 * i + 4]! % 80)

function accumulateHash(hash: Hash): { single: string; bulk: string } {
  const single = createHash('sha256')
  const bulk = createHash('sha256')
  for (let i = 0; i < CASES; i++) single.update(hash.digest(bytesOf(i, 0, 500)))
  for (let i = 0; i < CASES; i += LIST) bulk.update(hash.digestMany(listOf(i, 0, 500)))
  return { single: single.digest('hex'), bulk: bulk.digest('hex') }
}

function accumulateKdf(kdf: Kdf): { single: string; bulk: string } {
  const single = createHash('sha256')
  const bulk = createHash('sha256')
  for (let i = 0; i < CASES; i++) {
    const key = bytesOf(i, 0, 100)
    const info = bytesOf(i, 1, 300)
    single.update(kdf.extract(key, info)).update(kdf.expand(key, info, outputLength(i - (i % LIST))))
  }
  for (let i = 0; i < CASES; i += LIST) {
    const keys = listOf(i, 0, 100)
    const infos = listOf(i, 1, 300)
    const extracted = ByteList.fixed(kdf.extractMany(keys, infos), kdf.length)
    const expanded = ByteList.fixed(kdf.expandMany(keys, infos, outputLength(i)), outputLength(i))
    for (let item = 0; item < LIST; item++) bulk.update(extracted.at(item)).update(expanded.at(item))
  }
  return { single: single.digest('hex'), bulk: bulk.digest('hex') }
}

const ANSWERS: Record<Hash['id'] | Kdf['id'], string> = {
  sha256: '64e6bc29ac2b3c9faf219c6af3a49065f28ae4de712aab2e76efa1a84caa8578',
  sha384: '826f25c3793b87d40bd093f4af42233cd158a7bd1238b0a7aed466a0274f75da',
  sha512: 'f42223f13c78ce92c0871cf2bed7890bcdd922a5a208bd0250d68d02eebbf756',
  'hkdf-sha256': 'c9be541524843370e5757bd0807c41b2bf677d2804b6bb940ce4669b589cb56c',
  'hkdf-sha384': '0406f4c6495723885eb39019c75cc546b43a51aa2fc646f8605f544d02eecf14',
  'hkdf-sha512': '9e40c18b8eb10c755ebb250cdc6eb7e7e1526ce9829404c47dccb3f41e0aaa00',
}

const others = (await backendsUnderTest()).filter(({ name }) => name !== 'wasm')
const hashes = createWasmHashes()
const wasm: Backend = { name: 'wasm', detail: 'Wasm', primitives: { ...hashes, ...createWasmKdfs(hashes) } }

test(`${CASES} digests of sha512 by libsodium`, async () => {
  await sodium.ready
  const bulk = createHash('sha256')
  for (let i = 0; i < CASES; i++) bulk.update(sodium.crypto_hash(bytesOf(i, 0, 500)))
  expect(bulk.digest('hex')).toBe(ANSWERS.sha512)
})

describe.each([wasm, ...others].filter(({ primitives }) => primitives.sha256 !== undefined))('$detail', backend => {
  const { primitives } = backend
  for (const id of ['sha256', 'sha384', 'sha512'] as const) {
    const hash = primitives[id]
    if (hash === undefined) continue
    test(`${CASES} digests of ${id}`, () => {
      expect(accumulateHash(hash)).toEqual({ single: ANSWERS[id], bulk: ANSWERS[id] })
    })
  }
  for (const id of ['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const) {
    const kdf = primitives[id]
    if (kdf === undefined) continue
    test(`${CASES} keys of ${id}`, () => {
      expect(accumulateKdf(kdf)).toEqual({ single: ANSWERS[id], bulk: ANSWERS[id] })
    })
  }
})
