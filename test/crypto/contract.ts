/** The contract of src/crypto/provider.ts as one suite for every backend, with an independent implementation as the reference. */
import { describe, expect, it } from 'vitest'
import type { Backend, PrimitiveId, Primitives } from '../../src/crypto/provider.ts'
import { describeAead } from './contract/aead.ts'
import { describeAgreement } from './contract/agreement.ts'
import { describeHash } from './contract/hash.ts'
import {
  describeAeadInputs,
  describeAgreementInputs,
  describeHashInputs,
  describeKdfInputs,
  describeSignatureInputs,
} from './contract/inputs.ts'
import { describeKdf } from './contract/kdf.ts'
import { describeSignature } from './contract/signature.ts'

export interface ContractOptions {
  /** Another implementation to agree with. */
  readonly reference: Partial<Primitives>
  /** How many signatures the large batch has. */
  readonly batch: number
}

/** Runs the contract for everything that a backend offers. */
export function describeContract({ detail, primitives }: Backend, { reference, batch }: ContractOptions): void {
  /** Runs one part for a primitive that both have. */
  const check = <Id extends PrimitiveId>(
    id: Id,
    part: (mine: Primitives[Id], theirs: Primitives[Id]) => void,
  ): void => {
    const mine = primitives[id]
    const theirs = reference[id]
    if (mine !== undefined && theirs !== undefined) part(mine, theirs)
  }

  describe(`the contract on ${detail}`, () => {
    it('is checked for everything it offers', () => {
      expect(Object.keys(primitives).filter(id => !(id in reference))).toEqual([])
      for (const [id, primitive] of Object.entries(primitives)) expect(primitive.id).toBe(id)
    })
    for (const id of ['sha256', 'sha384', 'sha512'] as const) check(id, describeHash)
    for (const id of ['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const) check(id, describeKdf)
    for (const id of ['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const) check(id, describeAead)
    check('x25519', describeAgreement)
    check('ed25519', (scheme, other) => describeSignature({ scheme, reference: other, batch }))
    for (const id of ['sha256', 'sha384', 'sha512'] as const) check(id, describeHashInputs)
    for (const id of ['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const) check(id, describeKdfInputs)
    for (const id of ['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const) check(id, describeAeadInputs)
    check('x25519', describeAgreementInputs)
    check('ed25519', describeSignatureInputs)
  })
}
