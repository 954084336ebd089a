/** Vectors of the MLS working group for newcomers: Welcomes, joining, and following a group through its commits. */
import { expect, it } from 'vitest'
import { EMPTY, equalConstantTime, fromHex, toHex } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { Group } from '../../src/mls/group.ts'
import { GroupContext } from '../../src/mls/group-context.ts'
import { GroupInfo } from '../../src/mls/group-info.ts'
import { checkGroupInfoSignature } from '../../src/mls/group-info-sign.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { keyPackageRef, type OwnKeyPackage } from '../../src/mls/key-package-create.ts'
import {
  confirmationTag,
  deriveFromJoiner,
  welcomeKey,
  welcomeSecretOf,
  zeroSecret,
} from '../../src/mls/key-schedule.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { GroupSecrets } from '../../src/mls/welcome.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeVectors } from '../vectors/locate.ts'
import { privateKeyIn } from '../vectors/private-key.ts'

const provider = allSuites()

function keyPackageIn(hex: string): KeyPackage {
  const message = decode(MLSMessage, fromHex(hex))
  if (message.wireFormat !== 'mls_key_package') throw new Error(message.wireFormat)
  return message.keyPackage
}

interface WelcomeCase {
  cipher_suite: number
  init_priv: string
  key_package: string
  signer_pub: string
  welcome: string
}

describeVectors<WelcomeCase[]>('mls/welcome.json', cases => {
  it.each(cases)('suite $cipher_suite', vector => {
    const suite = provider.suite(vector.cipher_suite)
    const keyPackage = keyPackageIn(vector.key_package)
    const message = decode(MLSMessage, fromHex(vector.welcome))
    if (message.wireFormat !== 'mls_welcome') throw new Error(message.wireFormat)
    const { secrets, encryptedGroupInfo } = message.welcome
    const ref = toHex(keyPackageRef(suite, encode(KeyPackage, keyPackage)))
    const entry = secrets.find(({ newMember }) => toHex(newMember) === ref)!
    const publicKey = keyPackage.initKey as Uint8Array<ArrayBuffer>
    const pair = { privateKey: privateKeyIn(vector.init_priv, suite.kem), publicKey }
    const plaintext = suite.labels.decryptWithLabel(pair, 'Welcome', encryptedGroupInfo, entry.encryptedGroupSecrets)
    const { joinerSecret, psks } = decode(GroupSecrets, plaintext)
    expect(psks).toEqual([])
    const pskSecret = zeroSecret(suite)
    const { key, nonce } = welcomeKey(suite, welcomeSecretOf(suite, joinerSecret, pskSecret).bytes)
    const info = decode(GroupInfo, suite.aead.open(key, nonce, EMPTY, encryptedGroupInfo))
    checkGroupInfoSignature(suite, info, fromHex(vector.signer_pub))
    const groupContext = encode(GroupContext, info.groupContext)
    const { secrets: epoch } = deriveFromJoiner(suite, joinerSecret, { pskSecret, groupContext })
    const tag = confirmationTag(suite, epoch, info.groupContext.confirmedTranscriptHash)
    expect(equalConstantTime(tag, info.confirmationTag)).toBe(true)
  })
})

interface PassiveCase {
  cipher_suite: number
  external_psks: { psk_id: string; psk: string }[]
  key_package: string
  signature_priv: string
  encryption_priv: string
  init_priv: string
  welcome: string
  ratchet_tree: string | null
  initial_epoch_authenticator: string
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[]
}

function joinAsTold(vector: PassiveCase): Group {
  const suite = provider.suite(vector.cipher_suite)
  const keyPackage = keyPackageIn(vector.key_package)
  const encoded = encode(KeyPackage, keyPackage)
  const pair = (privateKey: string, publicKey: Uint8Array) => ({
    privateKey: privateKeyIn(privateKey, suite.kem),
    publicKey: publicKey as Uint8Array<ArrayBuffer>,
  })
  const own: OwnKeyPackage = {
    keyPackage,
    encoded,
    ref: keyPackageRef(suite, encoded),
    initKeys: pair(vector.init_priv, keyPackage.initKey),
    leafKeys: pair(vector.encryption_priv, keyPackage.leafNode.encryptionKey),
  }
  const psks = new Map(vector.external_psks.map(({ psk_id, psk }) => [psk_id, fromHex(psk)]))
  return Group.join({
    suite,
    welcome: fromHex(vector.welcome),
    keyPackages: [own],
    signer: suite.signature.signer(privateKeyIn(vector.signature_priv, suite.signature)),
    config: {
      preSharedKey: id => (id.psktype === 'external' ? psks.get(toHex(id.pskId)) : undefined),
      checkReceivedLifetimes: false,
    },
    ...(vector.ratchet_tree === null ? {} : { ratchetTree: fromHex(vector.ratchet_tree) }),
  })
}

describeVectors<PassiveCase[]>('mls/passive-client-welcome.json', cases => {
  it.each(cases)('$#: suite $cipher_suite', vector => {
    const group = joinAsTold(vector)
    expect(toHex(group.epochAuthenticator())).toBe(vector.initial_epoch_authenticator)
    expect(vector.epochs).toEqual([])
  })
})

describeVectors<PassiveCase[]>('mls/passive-client-handling-commit.json', cases => {
  it.each(cases)('$#: suite $cipher_suite', vector => {
    const group = joinAsTold(vector)
    expect(toHex(group.epochAuthenticator())).toBe(vector.initial_epoch_authenticator)
    for (const { proposals, commit, epoch_authenticator } of vector.epochs) {
      for (const proposal of proposals) expect(group.process(fromHex(proposal)).kind).toBe('proposal')
      expect(group.process(fromHex(commit)).kind).toBe('commit')
      expect(toHex(group.epochAuthenticator())).toBe(epoch_authenticator)
    }
  })
})
