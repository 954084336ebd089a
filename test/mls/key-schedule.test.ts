import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { UsageError } from '../../src/base/errors.ts'
import {
  createFirstEpoch,
  deriveEpoch,
  deriveFromJoiner,
  exportSecret,
  externalKeyPair,
  welcomeKey,
  welcomeSecretOf,
  wipeNewEpoch,
  zeroSecret,
} from '../../src/mls/key-schedule.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'

const provider = allSuites()

interface Epoch {
  commit_secret: string
  psk_secret: string
  group_context: string
  joiner_secret: string
  welcome_secret: string
  init_secret: string
  sender_data_secret: string
  encryption_secret: string
  exporter_secret: string
  epoch_authenticator: string
  external_secret: string
  confirmation_key: string
  membership_key: string
  resumption_psk: string
  external_pub: string
  exporter: { label: string; context: string; length: number; secret: string }
}

describeVectors<{ cipher_suite: number; initial_init_secret: string; epochs: Epoch[] }[]>(
  'mls/key-schedule.json',
  groups => {
    it('has cases for every suite of RFC 9420', () => {
      expect(groups.map(group => group.cipher_suite)).toEqual([1, 2, 3, 4, 5, 6, 7])
    })

    it.each(groups)('suite $cipher_suite: every epoch', ({ cipher_suite, initial_init_secret, epochs }) => {
      const suite = provider.suite(cipher_suite)
      let initSecret = fromHex(initial_init_secret)
      for (const epoch of epochs) {
        const groupContext = fromHex(epoch.group_context)
        const pskSecret = fromHex(epoch.psk_secret)
        const made = deriveEpoch(suite, {
          initSecret,
          commitSecret: fromHex(epoch.commit_secret),
          pskSecret,
          groupContext,
        })
        const { secrets } = made
        expect(toHex(made.joinerSecret.bytes)).toBe(epoch.joiner_secret)
        expect(toHex(made.welcomeSecret.bytes)).toBe(epoch.welcome_secret)
        expect({
          init_secret: toHex(secrets.init.bytes),
          sender_data_secret: toHex(secrets.senderData.bytes),
          encryption_secret: toHex(secrets.encryption.bytes),
          exporter_secret: toHex(secrets.exporter.bytes),
          epoch_authenticator: toHex(secrets.epochAuthenticator.bytes),
          external_secret: toHex(secrets.external.bytes),
          confirmation_key: toHex(secrets.confirmationKey.bytes),
          membership_key: toHex(secrets.membershipKey.bytes),
          resumption_psk: toHex(secrets.resumptionPsk.bytes),
        }).toEqual({
          init_secret: epoch.init_secret,
          sender_data_secret: epoch.sender_data_secret,
          encryption_secret: epoch.encryption_secret,
          exporter_secret: epoch.exporter_secret,
          epoch_authenticator: epoch.epoch_authenticator,
          external_secret: epoch.external_secret,
          confirmation_key: epoch.confirmation_key,
          membership_key: epoch.membership_key,
          resumption_psk: epoch.resumption_psk,
        })
        expect(toHex(externalKeyPair(suite, secrets.external.bytes).publicKey)).toBe(epoch.external_pub)
        const { label, context, length, secret } = epoch.exporter
        expect(toHex(exportSecret(suite, secrets.exporter.bytes, { label, context: fromHex(context), length }))).toBe(
          secret,
        )

        const joined = deriveFromJoiner(suite, made.joinerSecret.bytes, { pskSecret, groupContext })
        expect(toHex(joined.secrets.epochAuthenticator.bytes)).toBe(epoch.epoch_authenticator)
        expect(toHex(welcomeSecretOf(suite, made.joinerSecret.bytes, pskSecret).bytes)).toBe(epoch.welcome_secret)
        initSecret = secrets.init.bytes.slice() as Uint8Array<ArrayBuffer>
        wipeNewEpoch(made)
        expect(() => secrets.exporter.bytes).toThrow(UsageError)
      }
    })
  },
)

describe('key schedule (RFC 9420 section 8)', () => {
  const suite = provider.suite(1)

  it('starts a group from fresh randomness', () => {
    const [a, b] = [createFirstEpoch(suite), createFirstEpoch(suite)]
    expect(a.init.bytes).toHaveLength(32)
    expect(toHex(a.init.bytes)).not.toBe(toHex(b.init.bytes))
  })

  it('binds the epoch to each of its inputs', () => {
    const base = {
      initSecret: fromHex('01'.repeat(32)),
      commitSecret: zeroSecret(suite),
      pskSecret: zeroSecret(suite),
      groupContext: fromHex('0203'),
    }
    const authenticatorOf = (inputs: typeof base) => toHex(deriveEpoch(suite, inputs).secrets.epochAuthenticator.bytes)
    const other = fromHex('05'.repeat(32))
    const all = [
      base,
      { ...base, initSecret: other },
      { ...base, commitSecret: other },
      { ...base, pskSecret: other },
      { ...base, groupContext: other },
    ]
    expect(new Set(all.map(authenticatorOf)).size).toBe(all.length)
  })

  it('gives a Welcome key of the lengths of the AEAD', () => {
    const { key, nonce } = welcomeKey(suite, fromHex('07'.repeat(32)))
    expect([key.length, nonce.length]).toEqual([16, 12])
  })
})
