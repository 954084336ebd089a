/** Those on whose behalf the server acts: their keys, their key packages, what they decide about their groups. */
import { encode } from '../src/codec/codec.ts'
import type { CipherSuite } from '../src/crypto/suites.ts'
import { defaultLifetime, type GroupConfig } from '../src/mls/group-config.ts'
import { type ClientDescription, createKeyPackage } from '../src/mls/key-package-create.ts'
import { MLSMessage } from '../src/mls/message.ts'
import type { NewKeyPackage } from './service.ts'
import { PskStore, type Waiting } from './things.ts'

/** Somebody with a basic credential and a signature key. The private key is its owner's to wipe. */
export function person(
  suite: CipherSuite,
  identity: Uint8Array,
): { readonly client: ClientDescription; readonly signatureKey: Uint8Array } {
  const signatureKey = suite.generateSignatureKey()
  const client: ClientDescription = {
    signer: suite.signature.signer(signatureKey),
    credential: { credentialType: 'basic', identity },
  }
  return { client, signatureKey }
}

/** What a member keeps: scenarios ask for resumption keys and messages of epochs that are long over. */
export function configOf(psks: PskStore, encryptHandshake: boolean): GroupConfig {
  return {
    preSharedKey: psks.find,
    handshake: encryptHandshake ? 'private' : 'public',
    resumptionEpochs: 64,
    pastEpochs: 16,
  }
}

/** Somebody new with a key package, and what the harness is told of it: the private keys too, for vectors that it writes. */
export function newcomer(
  suite: CipherSuite,
  identity: Uint8Array,
): { readonly waiting: Waiting; readonly told: Omit<NewKeyPackage, 'transaction'> } {
  const { client, signatureKey } = person(suite, identity)
  const lifetime = defaultLifetime(BigInt(Math.floor(Date.now() / 1000)))
  const own = createKeyPackage(suite, { ...client, lifetime })
  const { keyPackage, initKeys, leafKeys } = own
  return {
    waiting: { kind: 'transaction', suite, client, own, psks: new PskStore() },
    told: {
      keyPackage: encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage }),
      initKey: initKeys.privateKey.slice(),
      encryptionKey: leafKeys.privateKey.slice(),
      signatureKey,
    },
  }
}
