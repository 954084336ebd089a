/** Vectors of the key schedule: RFC 9420 section 8. */
import { wipe } from '../../base/secret.ts'
import { encode } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { GroupContext } from '../../mls/group-context.ts'
import {
  deriveEpoch,
  deriveFromJoiner,
  exportSecret,
  externalKeyPair,
  welcomeSecretOf,
  wipeEpoch,
  wipeNewEpoch,
  zeroSecret,
} from '../../mls/key-schedule.ts'
import type { Given } from './given.ts'
import { suiteOf, type VectorKind } from './kind.ts'

type Bytes = Uint8Array<ArrayBuffer>

export const keySchedule: VectorKind = {
  name: 'key-schedule',
  fields: ['cipher_suite', 'group_id', 'initial_init_secret', 'epochs'],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const groupId = given.at('group_id').bytes()
    let initSecret = given.at('initial_init_secret').bytes()
    given
      .at('epochs')
      .list()
      .forEach((epoch, number) => {
        const context = { cipherSuite: suite.id, groupId, epoch: BigInt(number), extensions: [] }
        const groupContext = encode(GroupContext, {
          ...context,
          treeHash: epoch.at('tree_hash').bytes(),
          confirmedTranscriptHash: epoch.at('confirmed_transcript_hash').bytes(),
        })
        epoch.at('group_context').mustBe(groupContext)
        initSecret = checkEpoch(suite, epoch, { initSecret, groupContext })
      })
  },
}

/** Returns the init secret of the next epoch. */
function checkEpoch(suite: CipherSuite, epoch: Given, inputs: { initSecret: Bytes; groupContext: Bytes }): Bytes {
  const { groupContext } = inputs
  const pskSecret = epoch.at('psk_secret').isPresent ? epoch.at('psk_secret').bytes() : zeroSecret(suite)
  const made = deriveEpoch(suite, { ...inputs, commitSecret: epoch.at('commit_secret').bytes(), pskSecret })
  const { secrets, joinerSecret, welcomeSecret } = made
  epoch.at('joiner_secret').mustBe(joinerSecret.bytes)
  epoch.at('welcome_secret').mustBe(welcomeSecret.bytes)
  const joined = deriveFromJoiner(suite, joinerSecret.bytes, { pskSecret, groupContext })
  for (const derived of [secrets, joined.secrets]) {
    epoch.at('init_secret').mustBe(derived.init.bytes)
    epoch.at('sender_data_secret').mustBe(derived.senderData.bytes)
    epoch.at('encryption_secret').mustBe(derived.encryption.bytes)
    epoch.at('exporter_secret').mustBe(derived.exporter.bytes)
    epoch.at('epoch_authenticator').mustBe(derived.epochAuthenticator.bytes)
    epoch.at('external_secret').mustBe(derived.external.bytes)
    epoch.at('confirmation_key').mustBe(derived.confirmationKey.bytes)
    epoch.at('membership_key').mustBe(derived.membershipKey.bytes)
    epoch.at('resumption_psk').mustBe(derived.resumptionPsk.bytes)
  }
  const ofNewcomer = welcomeSecretOf(suite, joinerSecret.bytes, pskSecret)
  epoch.at('welcome_secret').mustBe(ofNewcomer.bytes)
  epoch.at('external_pub').mustBe(externalKeyPair(suite, secrets.external.bytes).publicKey)
  const exporter = epoch.at('exporter')
  const request = {
    label: exporter.at('label').text(),
    context: exporter.at('context').bytes(),
    length: exporter.at('length').uint(0xffff),
  }
  exporter.at('secret').mustBe(exportSecret(suite, secrets.exporter.bytes, request))
  const next = secrets.init.bytes.slice() as Bytes
  wipe(inputs.initSecret)
  ofNewcomer.wipe()
  joined.welcomeSecret.wipe()
  wipeEpoch(joined.secrets)
  wipeNewEpoch(made)
  return next
}
