/** Inputs in memory that another thread writes to: what is read twice is a copy. */
import { expect, it } from 'vitest'
import { equalPublic } from '../../src/base/bytes.ts'
import { aeadByOne, signatureByOne } from '../../src/crypto/backends/by-one.ts'
import { createWasmBackend } from '../../src/crypto/backends/wasm/index.ts'
import { symmetric } from '../../src/crypto/backends/wasm/symmetric.ts'

const key = new Uint8Array(32).fill(1)
const nonce = new Uint8Array(12)

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const out = new Uint8Array(new SharedArrayBuffer(bytes.length))
  out.set(bytes)
  return out
}

it('a library gets a copy of what it signs and opens', () => {
  const seen: Uint8Array[] = []
  const note = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
    seen.push(bytes)
    return new Uint8Array(0)
  }
  const scheme = signatureByOne({
    id: 'ed25519',
    privateKeyLength: 32,
    publicKeyLength: 32,
    publicKey: () => key.slice(),
    load: () => ({ publicKey: key.slice(), sign: note, destroy() {} }),
    verify: () => true,
  })
  const aead = aeadByOne({
    id: 'chacha20poly1305',
    keyLength: 32,
    seal: () => new Uint8Array(0),
    open: (_key, _nonce, _aad, text) => note(text),
  })
  const bytes = new Uint8Array(40).fill(3)
  scheme.signer(key).sign(shared(bytes))
  aead.open(key, nonce, new Uint8Array(0), shared(bytes))
  expect(seen).toEqual([bytes, bytes])
  expect(seen.every(({ buffer }) => buffer instanceof ArrayBuffer)).toBe(true)
  // and no copy of anything else
  scheme.signer(key).sign(bytes)
  expect(seen[2]).toBe(bytes)
})

it('a long ciphertext that changes once it is authenticated gives the plaintext that was', () => {
  const { chacha20poly1305 } = createWasmBackend().primitives
  const plaintext = new Uint8Array(100_000).fill(5)
  const sealed = shared(chacha20poly1305!.seal(key, nonce, new Uint8Array(0), plaintext))
  const tag = sealed.slice(-16)
  // the module's memory is looked up between the two passes, and then the tag is where it has just been compared
  const wasm = symmetric() as { io: number; bytes: () => Uint8Array<ArrayBuffer> }
  const { bytes, io } = wasm
  wasm.bytes = () => {
    const memory = bytes()
    if (equalPublic(memory.subarray(io, io + 16), tag)) sealed.fill(0)
    return memory
  }
  try {
    expect(equalPublic(chacha20poly1305!.open(key, nonce, new Uint8Array(0), sealed), plaintext)).toBe(true)
    expect(sealed.every(byte => byte === 0)).toBe(true)
  } finally {
    wasm.bytes = bytes
  }
})
