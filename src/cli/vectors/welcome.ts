/** Vectors of Welcomes: RFC 9420 section 12.4.3.1, as far as it goes without a tree. */
import { EMPTY, equalConstantTime, equalPublic } from '../../base/bytes.ts'
import { decode, encode } from '../../codec/codec.ts'
import { GroupContext } from '../../mls/group-context.ts'
import { GroupInfo } from '../../mls/group-info.ts'
import { checkGroupInfoSignature } from '../../mls/group-info-sign.ts'
import { keyPackageRef } from '../../mls/key-package-create.ts'
import { confirmationTag, deriveFromJoiner, welcomeKey, welcomeSecretOf, zeroSecret } from '../../mls/key-schedule.ts'
import { GroupSecrets } from '../../mls/welcome.ts'
import { checkKeyPair } from './key-pairs.ts'
import { keyPackageOf, messageOf, present, privateKeyOf, suiteOf, type VectorKind } from './kind.ts'

export const welcome: VectorKind = {
  name: 'welcome',
  fields: ['cipher_suite', 'init_priv', 'key_package', 'signer_pub', 'welcome'],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const { keyPackage, encoded } = keyPackageOf(given.at('key_package'))
    const publicKey = keyPackage.initKey as Uint8Array<ArrayBuffer>
    const pair = { privateKey: privateKeyOf(given.at('init_priv'), suite.kem), publicKey }
    checkKeyPair(suite, pair, given.at('init_priv'))

    const field = given.at('welcome')
    const message = messageOf(field, 'mls_welcome').welcome
    field.require(message.cipherSuite === suite.id, `is of suite ${message.cipherSuite}`)
    const ref = keyPackageRef(suite, encoded)
    const found = message.secrets.find(({ newMember }) => equalPublic(newMember, ref))
    const { encryptedGroupSecrets } = present(found, field, 'has no entry for the key package')
    const { encryptedGroupInfo } = message
    const plaintext = suite.labels.decryptWithLabel(pair, 'Welcome', encryptedGroupInfo, encryptedGroupSecrets)
    const { joinerSecret, psks } = decode(GroupSecrets, plaintext)
    field.require(psks.length === 0, 'needs pre-shared keys, which this format has not')

    const pskSecret = zeroSecret(suite)
    const { key, nonce } = welcomeKey(suite, welcomeSecretOf(suite, joinerSecret, pskSecret).bytes)
    const info = decode(GroupInfo, suite.aead.open(key, nonce, EMPTY, encryptedGroupInfo))
    checkGroupInfoSignature(suite, info, given.at('signer_pub').bytes())
    const groupContext = encode(GroupContext, info.groupContext)
    const { secrets } = deriveFromJoiner(suite, joinerSecret, { pskSecret, groupContext })
    const tag = confirmationTag(suite, secrets, info.groupContext.confirmedTranscriptHash)
    field.require(equalConstantTime(tag, info.confirmationTag), 'has another confirmation tag')
  },
}
