/** Vectors of a client that joins a group and follows it: RFC 9420 sections 12.4.2 and 12.4.3.1. */
import { toHex } from '../../base/bytes.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { Group } from '../../mls/group.ts'
import type { GroupConfig } from '../../mls/group-config.ts'
import { keyPackageRef } from '../../mls/key-package-create.ts'
import type { Given } from './given.ts'
import { checkKeyPair, checkSigner } from './key-pairs.ts'
import { keyPackageOf, privateKeyOf, suiteOf, type VectorKind } from './kind.ts'

const FIELDS = [
  'cipher_suite',
  'external_psks',
  'key_package',
  'signature_priv',
  'encryption_priv',
  'init_priv',
  'welcome',
  'ratchet_tree',
  'initial_epoch_authenticator',
  'epochs',
]

const OPTIONAL = ['external_psks', 'ratchet_tree', 'epochs']

/** The three files are of one format. */
export const passiveClients: readonly VectorKind[] = [
  'passive-client-welcome',
  'passive-client-handling-commit',
  'passive-client-random',
].map(name => ({ name, fields: FIELDS, optional: OPTIONAL, check }))

function check(given: Given, suites: Parameters<VectorKind['check']>[1]): void {
  const group = join(suiteOf(given, suites), given)
  try {
    given.at('initial_epoch_authenticator').mustBe(group.epochAuthenticator())
    for (const epoch of listOf(given.at('epochs'))) {
      for (const proposal of listOf(epoch.at('proposals'))) process(group, proposal, 'proposal')
      process(group, epoch.at('commit'), 'commit')
      epoch.at('epoch_authenticator').mustBe(group.epochAuthenticator())
    }
  } finally {
    group.close()
  }
}

/** A list that may be left out where there is nothing to say. */
function listOf(given: Given): Given[] {
  return given.isPresent ? given.list() : []
}

function process(group: Group, field: Given, kind: 'proposal' | 'commit'): void {
  const event = group.process(field.bytes())
  field.require(event.kind === kind, `should be a ${kind}; as it is, the client sees "${event.kind}"`)
}

function join(suite: CipherSuite, given: Given): Group {
  const { keyPackage, encoded } = keyPackageOf(given.at('key_package'))
  const { leafNode } = keyPackage
  const pairOf = (name: string, publicKey: Uint8Array) => {
    const pair = {
      privateKey: privateKeyOf(given.at(name), suite.kem),
      publicKey: publicKey as Uint8Array<ArrayBuffer>,
    }
    checkKeyPair(suite, pair, given.at(name))
    return pair
  }
  const own = {
    keyPackage,
    encoded,
    ref: keyPackageRef(suite, encoded),
    initKeys: pairOf('init_priv', keyPackage.initKey),
    leafKeys: pairOf('encryption_priv', leafNode.encryptionKey),
  }
  const priv = given.at('signature_priv')
  const signer = suite.signature.signer(privateKeyOf(priv, suite.signature, leafNode.signatureKey))
  checkSigner(signer, leafNode.signatureKey, priv)
  const tree = given.at('ratchet_tree')
  return Group.join({
    suite,
    welcome: given.at('welcome').bytes(),
    keyPackages: [own],
    signer,
    config: configOf(given),
    ...(tree.isPresent ? { ratchetTree: tree.bytes() } : {}),
  })
}

/** The vectors know no clock and no authentication service, and a long history may go back to any of its epochs. */
function configOf(given: Given): GroupConfig {
  const psks = listOf(given.at('external_psks')).map(
    item => [toHex(item.at('psk_id').bytes()), item.at('psk').bytes()] as const,
  )
  const byId = new Map(psks)
  return {
    preSharedKey: id => (id.psktype === 'external' ? byId.get(toHex(id.pskId)) : undefined),
    authentication: { isValid: () => true, isSuccessor: () => true },
    checkReceivedLifetimes: false,
    unlistedSuite: true,
    resumptionEpochs: listOf(given.at('epochs')).length + 1,
  }
}
