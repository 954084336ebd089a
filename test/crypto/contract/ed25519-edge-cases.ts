/** Signatures at the edge of what implementations accept, and what docs/ed25519-acceptance.md says of each. */
import { concat, utf8 } from '../../../src/base/bytes.ts'
import { type Forgery, type ForgeryPlan, forge, L, littleEndian, multipleOfBase, P, TORSION } from '../ed25519-forge.ts'

export interface EdgeCase extends Forgery {
  readonly name: string
  readonly valid: boolean
}

const message = utf8('edge')
const a = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn % L
const r = 0xfedcba0987654321fedcba0987654321fedcba0987654321fedcba09876543n % L
const SIGN = 2n ** 255n
const order8 = TORSION[1]!

function edge(name: string, valid: boolean, plan: Partial<ForgeryPlan>, change: Partial<Forgery> = {}): EdgeCase {
  return { name, valid, ...forge({ a, r, message, ...plan }), ...change }
}

const { publicKey: keyBytes, signature: plain } = forge({ a, r, message })
const rBytes = plain.slice(0, 32)
const zero = new Uint8Array(32)
const one = littleEndian(1n, 32)
const notReduced = littleEndian(P + 1n, 32)
const offCurve = littleEndian(2n, 32)

export const ED25519_EDGE_CASES: readonly EdgeCase[] = [
  edge('an ordinary signature', true, {}),
  edge('R with a part of order 8', true, { torsionR: order8 }),
  edge('a key with a part of order 8', true, { torsionA: order8 }),
  edge('a key and R with a part of order 8', true, { torsionA: order8, torsionR: order8 }),
  ...TORSION.map((point, i) => edge(`R a point of small order, ${i}`, true, { r: 0n, torsionR: point })),
  ...TORSION.map((point, i) => edge(`a key of small order, ${i}`, false, { a: 0n, torsionA: point })),
  edge('the identity as key and R, S zero', false, { a: 0n, r: 0n }),
  edge('R the identity, not reduced', false, { r: 0n, encodingR: notReduced }),
  edge('R the identity with a sign', false, { r: 0n, encodingR: littleEndian(1n + SIGN, 32) }),
  edge('R of order 2 with a sign', false, { r: 0n, encodingR: littleEndian(P - 1n + SIGN, 32) }),
  edge('a key of order 1, not reduced', false, { a: 0n, encodingA: notReduced }),
  edge('a key off the curve', false, { encodingA: offCurve }),
  edge('R off the curve', false, { encodingR: offCurve }),
  edge('S plus the group order', false, { addToS: L }),
  edge('S the group order, R the identity', false, {}, { signature: concat(one, littleEndian(L, 32)) }),
  edge('S zero', false, {}, { signature: concat(rBytes, zero) }),
  edge(
    'the largest S',
    false,
    {},
    {
      signature: concat(
        rBytes,
        zero.map(() => 0xff),
      ),
    },
  ),
  edge('the negated key', false, {}, { publicKey: multipleOfBase(a).negate().toBytes() }),
  edge('the key of another signer', false, {}, { publicKey: multipleOfBase(1n).toBytes() }),
  edge('R and the key exchanged', false, {}, { publicKey: rBytes, signature: concat(keyBytes, plain.subarray(32)) }),
]
