/** The crypto core against OpenSSL, libsodium and noble, one operation at a time and in batches. */

import { ByteList } from '../src/base/byte-list.ts'
import { concat, equalPublic } from '../src/base/bytes.ts'
import type { Backend } from '../src/crypto/provider.ts'
import type { Goal, Operation, Subject } from './harness.ts'
import * as openssl from './subjects/openssl.ts'
import * as webcrypto from './subjects/webcrypto.ts'

export interface PrimitiveSubjects {
  /** Ours first, then the others; each is measured where it offers the primitive. */
  readonly backends: ReadonlyMap<string, Backend>
  readonly random: (length: number) => Uint8Array
  readonly batchSizes: readonly number[]
}

const FMA = 'copath'
const INTEGER = 'copath-integer'
const OPENSSL = 'openssl'
const SODIUM = 'libsodium'
const NOBLE = 'noble'
const WEBCRYPTO = 'WebCrypto'
const SCENARIO = 'primitives'
const MESSAGE_LENGTH = 200
// what the others take for one item does not depend on the batch, so a batch row repeats their single call
const NOBLE_IS_TOO_SLOW_ABOVE = 64

function expectBytes(expected: Uint8Array): Operation['verify'] {
  return (result, subject) => {
    if (!(result instanceof Uint8Array) || !equalPublic(result.subarray(0, expected.length), expected)) {
      throw new Error(`${subject} gives a wrong result`)
    }
  }
}

const expectAllValid: Operation['verify'] = (result, subject) => {
  const valid = result === true || (Array.isArray(result) && result.length === 0)
  if (!valid) throw new Error(`${subject} refuses a valid signature`)
}

const faster = (subject: string, against: string, times: number): Goal => ({ subject, against, atMost: 1 / times })
const within = (subject: string, against: string, ratio: number): Goal => ({ subject, against, atMost: ratio })

/** One subject for every backend that offers the primitive. */
function fromBackends(
  { backends }: PrimitiveSubjects,
  make: (primitives: Backend['primitives'], name: string) => Omit<Subject, 'name'> | undefined,
): Subject[] {
  return [...backends].flatMap(([name, backend]) => {
    const subject = make(backend.primitives, name)
    return subject === undefined ? [] : [{ name, ...subject }]
  })
}

/** One call a time only: there is nothing to hand it many of. */
const onTheWeb = (run: Subject['run']): Subject => ({ name: WEBCRYPTO, isAwaited: true, run })

function diffieHellman(subjects: PrimitiveSubjects): Operation[] {
  const anyDh = [...subjects.backends.values()].find(b => b.primitives.x25519 !== undefined)!.primitives.x25519!
  const count = 64
  const privateKeys = ByteList.fixed(subjects.random(32 * count), 32)
  const peers = ByteList.fixed(anyDh.publicKeyMany(ByteList.fixed(subjects.random(32 * count), 32)), 32)
  const publicKeys = anyDh.publicKeyMany(privateKeys)
  const [privateKey, peer] = [privateKeys.at(0), peers.at(0)]
  const [privateObject, peerObject] = [
    openssl.privateKeyObject('X25519', privateKey, publicKeys.subarray(0, 32)),
    openssl.publicKeyObject('X25519', peer),
  ]
  const expected = new Uint8Array(openssl.sharedSecret(privateObject, peerObject))
  const native: Subject = { name: OPENSSL, run: () => new Uint8Array(openssl.sharedSecret(privateObject, peerObject)) }
  const generate: Subject = { name: OPENSSL, run: openssl.generateX25519 }
  const verifyPublic: Operation['verify'] = (result, subject) => {
    if (subject !== OPENSSL && subject !== WEBCRYPTO) expectBytes(publicKeys.subarray(0, 32))(result, subject)
  }
  return [
    {
      scenario: SCENARIO,
      name: 'X25519, one',
      members: 1,
      subjects: [
        ...fromBackends(subjects, p => p.x25519 && { run: () => p.x25519!.shared(privateKey, peer) }),
        native,
        onTheWeb(webcrypto.sharedSecret(privateKey, publicKeys.subarray(0, 32), peer)),
      ],
      goals: [within(FMA, OPENSSL, 1.05), faster(FMA, SODIUM, 2.6), within(INTEGER, SODIUM, 0.85)],
      verify: expectBytes(expected),
    },
    {
      scenario: SCENARIO,
      name: `X25519, ${count} at once, each`,
      members: count,
      subjects: [
        ...fromBackends(subjects, (p, name) =>
          name === NOBLE
            ? undefined
            : p.x25519 && { units: count, run: () => p.x25519!.sharedMany(privateKeys, peers) },
        ),
        native,
      ],
      goals: [within(FMA, OPENSSL, 0.92), faster(FMA, SODIUM, 3)],
      verify: expectBytes(expected),
    },
    {
      scenario: SCENARIO,
      name: 'X25519 public key, one',
      members: 1,
      subjects: [
        ...fromBackends(subjects, p => p.x25519 && { run: () => p.x25519!.publicKey(privateKey) }),
        generate,
        onTheWeb(webcrypto.generateX25519),
      ],
      goals: [faster(FMA, OPENSSL, 2.8), faster(FMA, SODIUM, 3.4)],
      verify: verifyPublic,
    },
    {
      scenario: SCENARIO,
      name: `X25519 public key, ${count} at once, each`,
      members: count,
      subjects: [
        ...fromBackends(subjects, (p, name) =>
          name === NOBLE ? undefined : p.x25519 && { units: count, run: () => p.x25519!.publicKeyMany(privateKeys) },
        ),
        generate,
      ],
      goals: [faster(FMA, OPENSSL, 4), faster(FMA, SODIUM, 5)],
      verify: verifyPublic,
    },
  ]
}

function signatures(subjects: PrimitiveSubjects): Operation[] {
  const ours = subjects.backends.get(FMA) ?? subjects.backends.get(INTEGER)
  const scheme = ours?.primitives.ed25519
  if (scheme === undefined) return []
  const most = Math.max(1, ...subjects.batchSizes)
  const messages = ByteList.fixed(subjects.random(MESSAGE_LENGTH * most), MESSAGE_LENGTH)
  const signers = Array.from({ length: most }, () => scheme.signer(subjects.random(32)))
  const publicKeys = ByteList.fixed(concat(...signers.map(s => s.publicKey)), 32)
  const allSignatures = ByteList.fixed(concat(...signers.map((s, i) => s.sign(messages.at(i)))), 64)
  const [publicKey, message, signature] = [publicKeys.at(0), messages.at(0), allSignatures.at(0)]
  const keyObject = openssl.publicKeyObject('Ed25519', publicKey)
  const native: Subject = { name: OPENSSL, run: () => openssl.verifyEd25519(keyObject, message, signature) }
  const single = fromBackends(
    subjects,
    p => p.ed25519 && { run: () => p.ed25519!.verify(publicKey, message, signature) },
  )
  const signing = fromBackends(subjects, p => {
    const signer = p.ed25519?.signer(subjects.random(32))
    return signer && { run: () => scheme.verify(signer.publicKey, message, signer.sign(message)) || undefined }
  })
  const goalsOf = new Map([
    [64, 6],
    [1024, 9],
    [16384, 10],
  ])
  return [
    {
      scenario: SCENARIO,
      name: `Ed25519 verify, ${MESSAGE_LENGTH} B`,
      members: 1,
      subjects: [...single, native, onTheWeb(webcrypto.verifyEd25519(publicKey, message, signature))],
      goals: [faster(FMA, OPENSSL, 2.8), faster(FMA, SODIUM, 2.8)],
      verify: expectAllValid,
    },
    {
      scenario: SCENARIO,
      name: `Ed25519 sign and verify, ${MESSAGE_LENGTH} B`,
      members: 1,
      subjects: signing,
      verify: expectAllValid,
    },
    ...subjects.batchSizes.map((size): Operation => {
      const batch = {
        publicKeys: publicKeys.slice(0, size),
        messages: messages.slice(0, size),
        signatures: allSignatures.slice(0, size),
      }
      const batched = fromBackends(subjects, (p, name) => {
        if (name !== FMA && name !== INTEGER) return undefined
        return p.ed25519 && { units: size, run: () => p.ed25519!.verifyMany(batch) }
      })
      const others = single.filter(s => s.name === SODIUM || (s.name === NOBLE && size <= NOBLE_IS_TOO_SLOW_ABOVE))
      const times = goalsOf.get(size)
      return {
        scenario: SCENARIO,
        name: `Ed25519 verify, ${size.toLocaleString('en')} at once, each`,
        members: size,
        subjects: [...batched, ...others, native],
        goals: [
          ...(times === undefined ? [] : [faster(FMA, OPENSSL, times), faster(FMA, SODIUM, times)]),
          faster(INTEGER, OPENSSL, 3),
        ],
        verify: expectAllValid,
      }
    }),
  ]
}

function hashing(subjects: PrimitiveSubjects): Operation[] {
  const count = 1024
  return [64, 200, 1024].flatMap((size): Operation[] => {
    const items = ByteList.fixed(subjects.random(size * count), size)
    const item = items.at(0)
    const expected = new Uint8Array(openssl.sha256(item))
    const native: Subject = { name: OPENSSL, run: () => openssl.sha256(item) }
    const single = fromBackends(subjects, p => p.sha256 && { run: () => p.sha256!.digest(item) })
    const bulk = fromBackends(subjects, (p, name) => {
      if (name !== FMA) return undefined
      return p.sha256 && { units: count, run: () => p.sha256!.digestMany(items) }
    })
    const others = single.filter(s => s.name === NOBLE || s.name === SODIUM)
    const goals =
      size === 64 ? [faster(FMA, OPENSSL, 4), faster(FMA, NOBLE, 6)] : size === 200 ? [faster(FMA, OPENSSL, 2.6)] : []
    const row = { scenario: SCENARIO, verify: expectBytes(expected) }
    return [
      {
        ...row,
        name: `SHA-256, ${size} B`,
        members: 1,
        subjects: [...single.filter(s => s.name !== INTEGER), native, onTheWeb(webcrypto.sha256(item))],
      },
      {
        ...row,
        name: `SHA-256, ${size} B, ${count} at once, each`,
        members: count,
        subjects: [...bulk, ...others, native],
        goals,
      },
    ]
  })
}

function sealing(subjects: PrimitiveSubjects): Operation[] {
  return (['aes128gcm', 'chacha20poly1305'] as const).flatMap(id =>
    [32, 1024].map((size): Operation => {
      const aad = subjects.random(32)
      const plaintext = subjects.random(size)
      const nonce = subjects.random(12)
      const keyLength = id === 'aes128gcm' ? 16 : 32
      const key = subjects.random(keyLength)
      const sealers = fromBackends(subjects, (p, name) =>
        name === INTEGER ? undefined : p[id] && { run: () => p[id]!.seal(key, nonce, aad, plaintext) },
      )
      const expected = sealers[0]!.run() as Uint8Array
      const others = id === 'aes128gcm' ? [onTheWeb(webcrypto.sealAes(key, nonce, aad, plaintext))] : []
      return {
        scenario: SCENARIO,
        name: `${id} seal, ${size} B`,
        members: 1,
        subjects: [...sealers, ...others],
        verify: expectBytes(expected),
      }
    }),
  )
}

export function primitiveOperations(subjects: PrimitiveSubjects): Operation[] {
  return [...diffieHellman(subjects), ...signatures(subjects), ...hashing(subjects), ...sealing(subjects)]
}
