/**
 * The table of docs/ed25519-acceptance.md: the twelve cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, SSR 2020) and more,
 * rebuilt from their conditions; what each library says of them is run here, and the document is compared with it.
 */
import { createPublicKey, verify as nodeVerify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ed25519 } from '@noble/curves/ed25519.js'
import sodium from 'libsodium-wrappers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { concat, utf8 } from '../../src/base/bytes.ts'
import type { SignatureScheme } from '../../src/crypto/provider.ts'
import { backendsUnderTest } from './backends.ts'
import {
  challenge,
  type Forgery,
  type ForgeryPlan,
  forge,
  fromLittleEndian,
  L,
  littleEndian,
  multipleOfBase,
  P,
  Point,
  TORSION,
} from './ed25519-forge.ts'

const a = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % L
const r = 0x0edcba0987654321fedcba0987654321fedcba0987654321fedcba09876543n
const [, T8, T4] = TORSION
const SIGN = 1n << 255n
/** (0, -1) with the sign bit that x = 0 must not have, and the identity as y = 1 + p: encodings that only lenient decoders take. */
const MINUS_ONE_SIGNED = littleEndian((P - 1n) | SIGN, 32)
const ONE_UNREDUCED = littleEndian(P + 1n, 32)

interface Facts {
  /** S B = R + k A. */
  readonly cofactorless: boolean
  /** 8 times that. */
  readonly cofactored: boolean
  /** The equation with 8 k reduced modulo L before it meets A. */
  readonly prereduced: boolean
}

/** What holds of a forgery, with points as a lenient decoder reads them. */
function factsOf(
  { publicKey, message, signature }: Forgery,
  bytesOfR = signature.subarray(0, 32),
  bytesOfA = publicKey,
): Facts {
  const [A, R] = [publicKey, signature.subarray(0, 32)].map(encoding => Point.fromBytes(encoding, true)) as [
    Point,
    Point,
  ]
  const k = challenge(bytesOfR, bytesOfA, message)
  const times = (point: Point, scalar: bigint) => (scalar === 0n ? Point.ZERO : point.multiplyUnsafe(scalar))
  const left = multipleOfBase(fromLittleEndian(signature.subarray(32)))
  const rest = left.subtract(R).subtract(times(A, k))
  return {
    cofactorless: rest.is0(),
    cofactored: rest.multiplyUnsafe(8n).is0(),
    prereduced: left
      .subtract(R)
      .multiplyUnsafe(8n)
      .subtract(times(A, (8n * k) % L))
      .is0(),
  }
}

/** Tries messages until the forgery has the facts asked for. */
function search(
  plan: Omit<ForgeryPlan, 'message'>,
  wanted: Partial<Facts>,
  read?: { r?: Uint8Array; a?: Uint8Array },
): Forgery {
  for (let i = 0; i < 4096; i++) {
    const message = utf8(`edge ${i}`)
    const forged = forge({ ...plan, message, ...(read === undefined ? {} : { challengeOver: read }) })
    const facts = factsOf(forged, read?.r ?? forged.signature.subarray(0, 32), read?.a ?? forged.publicKey)
    if (Object.entries(wanted).every(([name, value]) => facts[name as keyof Facts] === value)) return forged
  }
  throw new Error('no message found')
}

const BOTH = { cofactorless: true, cofactored: true }
const ONLY_COFACTORED = { cofactorless: false, cofactored: true }
const canonicalMinusOne = littleEndian(P - 1n, 32)

/** Number or letter, what is special, and the forgery. 0 to 11 are the cases of the paper. */
const CASES: readonly (readonly [string, string, Forgery])[] = [
  ['0', 'S = 0, A and R small', search({ a: 0n, r: 0n, torsionA: T8!, torsionR: TORSION[3]! }, BOTH)],
  ['1', 'A small, R mixed', search({ a: 0n, r, torsionA: T8!, torsionR: TORSION[3]! }, BOTH)],
  ['2', 'A mixed, R small', search({ a, r: 0n, torsionA: T8!, torsionR: TORSION[3]! }, BOTH)],
  ['3', 'A and R mixed, torsion cancels', search({ a, r, torsionA: T8!, torsionR: TORSION[3]! }, BOTH)],
  ['4', 'A and R mixed, torsion remains', search({ a, r, torsionA: T8!, torsionR: T4! }, ONLY_COFACTORED)],
  [
    '5',
    'A mixed, torsion remains, 8k reduced differs',
    search({ a, r, torsionA: T8! }, { ...ONLY_COFACTORED, prereduced: false }),
  ],
  ['6', 'S + L', search({ a, r, addToS: L }, BOTH)],
  ['7', 'S + 8L, far above L', search({ a, r, addToS: 8n * L }, BOTH)],
  [
    '8',
    'A mixed, R small and not canonical, k over it as received',
    search({ a, r: 0n, torsionA: T8!, encodingR: MINUS_ONE_SIGNED }, BOTH),
  ],
  [
    '9',
    'the same, k over R rewritten',
    search({ a, r: 0n, torsionA: T8!, encodingR: MINUS_ONE_SIGNED }, BOTH, { r: canonicalMinusOne }),
  ],
  [
    '10',
    'A small and not canonical, R mixed, k over it as received',
    search({ a: 0n, r, torsionR: TORSION[4]!, encodingA: MINUS_ONE_SIGNED }, BOTH),
  ],
  [
    '11',
    'the same, k over A rewritten',
    search({ a: 0n, r, torsionR: TORSION[4]!, encodingA: MINUS_ONE_SIGNED }, BOTH, { a: canonicalMinusOne }),
  ],
  ['a', 'an ordinary signature', search({ a, r }, BOTH)],
  ['b', 'R the identity, S = k a', search({ a, r: 0n }, BOTH)],
  ['c', 'R the identity, not canonical (y = p + 1)', search({ a, r: 0n, encodingR: ONE_UNREDUCED }, BOTH)],
  ['d', 'R of order 8, A in the prime group', search({ a, r: 0n, torsionR: T8! }, ONLY_COFACTORED)],
  ['e', 'R mixed, A in the prime group', search({ a, r, torsionR: T8! }, ONLY_COFACTORED)],
  ['f', 'A the identity', search({ a: 0n, r }, BOTH)],
  ['g', 'A the identity, not canonical (y = p + 1)', search({ a: 0n, r, encodingA: ONE_UNREDUCED }, BOTH)],
]

function openssl({ publicKey, message, signature }: Forgery): boolean {
  try {
    const key = Buffer.from(concat(Buffer.from('302a300506032b6570032100', 'hex'), publicKey))
    return nodeVerify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature)
  } catch {
    return false
  }
}

/** libsodium and noble throw for some malformed inputs; a refusal all the same. */
function attempt(call: () => boolean): boolean {
  try {
    return call()
  } catch {
    return false
  }
}

const noble =
  (zip215: boolean) =>
  ({ publicKey, message, signature }: Forgery) =>
    attempt(() => ed25519.verify(signature, message, publicKey, { zip215 }))

/** The columns of the document that can be run, in its order. */
const LIBRARIES: readonly (readonly [string, (forgery: Forgery) => boolean])[] = [
  ['ZIP 215', noble(true)],
  ['OpenSSL', openssl],
  [
    'libsodium',
    ({ publicKey, message, signature }) =>
      attempt(() => sodium.crypto_sign_verify_detached(signature, message, publicKey)),
  ],
  ['noble, strict', noble(false)],
]

const document = readFileSync(fileURLToPath(new URL('../../docs/ed25519-acceptance.md', import.meta.url)), 'utf8')
/** The rows of the document's table by their first cell. */
const ROWS = new Map(
  document
    .split('\n')
    .filter(line => /^\| `\w+` \|/.test(line))
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(([, id, , ...says]) => [id!.replaceAll('`', ''), says.slice(0, 6).map(cell => cell === 'yes')]),
)
/** RFC 8032, the first column, is a text and not a program; the last one is ours. */
const OURS = 5

describe('the table of docs/ed25519-acceptance.md', () => {
  let schemes: (readonly [string, SignatureScheme])[] = []
  beforeAll(async () => {
    await sodium.ready
    schemes = (await backendsUnderTest()).map(({ detail, primitives }) => [detail, primitives.ed25519!] as const)
  })

  it('has a row for each case', () => {
    expect([...ROWS.keys()]).toEqual(CASES.map(([id]) => id))
    expect([...ROWS.values()].every(row => row.length === 6)).toBe(true)
  })

  it.each(CASES)('%s: %s', (id, _, forgery) => {
    const row = ROWS.get(id)!
    const said = LIBRARIES.map(([name, accepts]) => [name, accepts(forgery)])
    expect(said).toEqual(LIBRARIES.map(([name], i) => [name, row[i + 1]]))
    for (const [detail, scheme] of schemes) {
      expect([detail, scheme.verify(forgery.publicKey, forgery.message, forgery.signature)]).toEqual([
        detail,
        row[OURS],
      ])
    }
  })

  it('holds in batches of everything at once', () => {
    const items = Array.from({ length: 97 }, (_, i) => CASES[(i * 5) % CASES.length]!)
    const list = (field: keyof Forgery) => ByteList.of(items.map(([, , forgery]) => forgery[field]))
    const want = items.flatMap(([id], i) => (ROWS.get(id)![OURS] ? [] : [i]))
    for (const [, scheme] of schemes) {
      const batch = { publicKeys: list('publicKey'), messages: list('message'), signatures: list('signature') }
      expect(scheme.verifyMany(batch)).toEqual(want)
    }
    // and where all are acceptable, but most only with the cofactor
    const good = items.filter(([id]) => ROWS.get(id)![OURS]).map(([, , forgery]) => forgery)
    expect(good.length).toBeGreaterThan(30)
    for (const [, scheme] of schemes) {
      const lists = (field: keyof Forgery) => ByteList.of(good.map(forgery => forgery[field]))
      const batch = { publicKeys: lists('publicKey'), messages: lists('message'), signatures: lists('signature') }
      expect(scheme.verifyMany(batch)).toEqual([])
    }
  })
})
