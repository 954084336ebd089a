/** The contract on the curves of suites 2, 4, 5, 6 and 7. noble and node:crypto are each other's reference; and ECDSA by RFC 6979. */
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { fromDer } from '../../src/crypto/backends/ecdsa-encoding.ts'
import { createNobleCurves } from '../../src/crypto/backends/noble/curves.ts'
import { NIST_CURVES, type NistCurveId } from '../../src/crypto/nist-curves.ts'
import { describeCurveAgreement, describeCurveSignature } from './contract/curves.ts'
import { describeAgreementInputs, describeSignatureInputs } from './contract/inputs.ts'
import { curveBackendsUnderTest } from './curve-backends.ts'

const { noble, node } = curveBackendsUnderTest()

for (const [mine, other] of [
  [noble, node],
  [node, noble],
] as const) {
  describe(`the contract on ${mine.detail}`, () => {
    it('is checked for everything it offers, and both offer the same', () => {
      for (const [id, primitive] of Object.entries(mine.primitives)) expect(primitive.id).toBe(id)
      expect(Object.keys(mine.primitives).sort()).toEqual(Object.keys(other.primitives).sort())
    })
    for (const id of ['x448', 'p256', 'p384', 'p521'] as const) {
      describeCurveAgreement(mine.primitives[id]!, other.primitives[id]!)
      describeAgreementInputs(mine.primitives[id]!)
    }
    for (const id of ['ed448', 'p256-sha256', 'p384-sha384', 'p521-sha512'] as const) {
      describeCurveSignature(mine.primitives[id]!, other.primitives[id]!)
      describeSignatureInputs(mine.primitives[id]!)
    }
  })
}

/** RFC 6979 appendix A.2.5: the curve P-256 with SHA-256, messages "sample" and "test". */
const RFC_6979 = {
  key: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
  sample:
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  test: 'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
}

describe('ECDSA', () => {
  it('signs as RFC 6979 does', () => {
    const signer = noble.primitives['p256-sha256']!.signer(fromHex(RFC_6979.key))
    const numbers = (text: string) => toHex(fromDer(NIST_CURVES.p256, signer.sign(utf8(text)))!)
    expect([numbers('sample'), numbers('test')]).toEqual([RFC_6979.sample, RFC_6979.test])
  })
  it.each(['p256-sha256', 'p384-sha384', 'p521-sha512'] as const)('%s takes entropy into the nonce if told to', id => {
    let calls = 0
    const signingEntropy = (out: Uint8Array<ArrayBuffer>): void => {
      expect(out).toHaveLength(NIST_CURVES[id.slice(0, 4) as NistCurveId].scalarLength)
      out.fill(++calls)
    }
    const key = new Uint8Array(noble.primitives[id]!.privateKeyLength).fill(0).fill(7, 1)
    const [plain, salted] = [noble, createNobleCurves({ signingEntropy })].map(its => its.primitives[id]!.signer(key))
    const message = utf8('message')
    const signatures = [plain!.sign(message), salted!.sign(message), salted!.sign(message)]
    expect(new Set(signatures.map(toHex)).size).toBe(3)
    expect(calls).toBe(2)
    for (const signature of signatures) {
      expect(node.primitives[id]!.verify(plain!.publicKey, message, signature)).toBe(true)
    }
  })
})
