/** A session a second time, on noble alone and sharing no code with what it checks: X3DH, both turns of the ratchet, every byte sent. */
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { person, say, seededProvider } from './world.ts'

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(p => [...p]))
const uint32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
const vec = (bytes: Uint8Array): Uint8Array => {
  const { length } = bytes
  return length < 64 ? joined(Uint8Array.of(length), bytes) : joined(Uint8Array.of(0x40 | (length >> 8), length), bytes)
}
const derived = (secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array => {
  const info = joined(Uint8Array.of(length >> 8, length), vec(utf8(`Pairwise 1.0 ${label}`)), vec(context))
  return expand(sha256, secret, info, length)
}
const EMPTY = new Uint8Array(0)
const dh = x25519.getSharedSecret
const pub = x25519.getPublicKey

/** A person whose 32-byte draws from the random source can be looked up, in their order. */
function watched(name: string) {
  const draws: Uint8Array[] = []
  const inner = seededProvider(name).random
  const random = (out: Uint8Array<ArrayBuffer>): void => {
    inner(out)
    draws.push(out.slice())
  }
  return { someone: person(name, createProvider({ random })), draws }
}

it.each([true, false])('M04: the first messages of a session byte by byte, with a one-time prekey: %s', oneTime => {
  const { someone: alice, draws: ofAlice } = watched('oracle alice')
  const { someone: bob, draws: ofBob } = watched('oracle bob')
  alice.channels.connect(bob.bundle(oneTime))
  const first = alice.channels.send(bob.id, utf8('first'), utf8('context'))
  bob.channels.receive(alice.id, first, utf8('context'))
  const answer = say(bob, alice, 'answer')

  // signature key, identity key, signed prekey; then what the session drew
  const [, ikA, , ephemeral, ratchetA] = ofAlice as Uint8Array[]
  const [, ikB, spk] = ofBob as Uint8Array[]
  const opk = oneTime ? ofBob[3]! : undefined
  const ratchetB = ofBob[oneTime ? 4 : 3]!
  const identity = ({ member }: typeof alice): Uint8Array =>
    joined(vec(member.identity.id), member.identity.sigKey, member.identity.kxKey)
  expect(toHex(alice.member.identity.kxKey)).toBe(toHex(pub(ikA!)))
  const optional = (value: Uint8Array | undefined): Uint8Array =>
    value === undefined ? Uint8Array.of(0) : joined(Uint8Array.of(1), value)
  const replaced = Uint8Array.of(0)
  const opening = joined(
    ...[identity(alice), pub(ephemeral!), uint32(0), optional(oneTime ? uint32(1) : undefined), replaced],
  )
  const context = joined(opening, identity(bob), pub(spk!), optional(opk && pub(opk)))
  const binding = sha256(joined(utf8('Pairwise 1.0 session'), context))
  const terms = [dh(ikA!, pub(spk!)), dh(ephemeral!, pub(ikB!)), dh(ephemeral!, pub(spk!))]
  if (opk !== undefined) terms.push(dh(ephemeral!, pub(opk)))
  const agreed = extract(sha256, joined(new Uint8Array(32).fill(0xff), ...terms), EMPTY)
  const root = derived(agreed, 'root', binding, 32)

  const turn = (from: Uint8Array, own: Uint8Array, theirs: Uint8Array) => {
    const both = derived(extract(sha256, dh(own, theirs), from), 'ratchet', EMPTY, 64)
    return { root: both.slice(0, 32), chain: both.slice(32) }
  }
  const seal = (chain: Uint8Array, header: Uint8Array, text: string, bound: string): Uint8Array => {
    const key = derived(chain, 'message', EMPTY, 44)
    return vec(gcm(key.slice(0, 32), key.slice(32), joined(header, binding, utf8(bound))).encrypt(utf8(text)))
  }
  const one = turn(root, ratchetA!, pub(spk!))
  const headerA = joined(pub(ratchetA!), uint32(0), uint32(0))
  const expected = joined(Uint8Array.of(1), opening, headerA, seal(one.chain, headerA, 'first', 'context'))
  expect(toHex(first)).toBe(toHex(expected))

  const two = turn(one.root, ratchetB, pub(ratchetA!))
  const headerB = joined(pub(ratchetB), uint32(0), uint32(0))
  const sessionId = sha256(joined(utf8('Pairwise 1.0 session id'), opening, identity(bob))).slice(0, 8)
  const reply = joined(Uint8Array.of(2), sessionId, headerB, seal(two.chain, headerB, 'answer', ''))
  expect(toHex(answer)).toBe(toHex(reply))
})
