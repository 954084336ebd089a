/** Objects that were changed and then signed again by those whose they are: the change is behind the signature. */
import { utf8 } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/codec/codec.ts'
import type { Signer } from '../../../src/crypto/provider.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import type { Group } from '../../../src/mls/group.ts'
import { KEY_PACKAGE_LABEL, type KeyPackage, KeyPackageTBS } from '../../../src/mls/key-package.ts'
import type { LeafNode } from '../../../src/mls/leaf-node.ts'
import { type LeafPlace, signLeaf } from '../../../src/mls/leaf-signature.ts'
import type { Proposal } from '../../../src/mls/proposal.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import { coreOf } from '../forge-commit.ts'
import { CUSTOM_EXTENSION, CUSTOM_TYPE, TestClient } from '../group-world.ts'
import { keyPairOf } from '../leaves.ts'
import { mutate, type Tape } from './mutate.ts'

/** A leaf changed and signed; now and then with the signature left as it was. */
export function forgeLeaf(
  tape: Tape,
  suite: CipherSuite,
  { leaf, signer, place }: { leaf: LeafNode; signer: Signer; place?: LeafPlace },
): LeafNode {
  const changed = mutate(tape, leaf)
  return tape.chance(8) ? changed : signLeaf(suite, signer, changed, place)
}

export function forgeKeyPackage(tape: Tape, suite: CipherSuite, keyPackage: KeyPackage, signer: Signer): KeyPackage {
  const leafNode = tape.chance(2) ? forgeLeaf(tape, suite, { leaf: keyPackage.leafNode, signer }) : keyPackage.leafNode
  const { signature, ...content } = tape.chance(2)
    ? { ...keyPackage, leafNode }
    : { ...mutate(tape, keyPackage), leafNode }
  if (tape.chance(8)) return { ...content, signature }
  return {
    ...content,
    signature: suite.labels.signWithLabel(signer, KEY_PACKAGE_LABEL, encode(KeyPackageTBS, content)),
  }
}

/** Somebody to be added, whose key package is as it should be or not. */
function anAdd(tape: Tape, suite: CipherSuite, seed: number, isForged: boolean): Proposal {
  const client = new TestClient(suite, seed)
  client.keyPackage(tape.chance(3) ? { lastResort: true } : {})
  const { keyPackage } = client.keyPackages[0]!
  return {
    proposalType: 'add',
    keyPackage: isForged ? forgeKeyPackage(tape, suite, keyPackage, client.signer) : keyPackage,
  }
}

function anUpdate(tape: Tape, group: Group, seed: number, isForged: boolean): Proposal {
  const { suite, tree, leaf, groupId, signer } = coreOf(group)
  const { signatureKey, credential, capabilities, extensions } = tree.leafNode(leaf)!
  const encryptionKey = keyPairOf(suite, seed).publicKey
  const content = {
    encryptionKey,
    signatureKey,
    credential,
    capabilities,
    extensions,
    leafNodeSource: 'update',
  } as const
  const place = { groupId, leafIndex: leaf }
  const leafNode = signLeaf(suite, signer, content, place)
  return {
    proposalType: 'update',
    leafNode: isForged ? forgeLeaf(tape, suite, { leaf: leafNode, signer, place }) : leafNode,
  }
}

/** A proposal of any type, half of them with a change. */
export function aProposal(tape: Tape, group: Group, seed: number): Proposal {
  const { suite } = coreOf(group)
  const isForged = tape.chance(2)
  const pskNonce = new Uint8Array(suite.kdf.length).fill(seed)
  const plain: readonly Proposal[] = [
    { proposalType: 'remove', removed: tape.below(7) },
    { proposalType: 'psk', psk: { psktype: 'external', pskId: utf8('known'), pskNonce } },
    {
      proposalType: 'psk',
      psk: { psktype: 'resumption', usage: 'application', pskGroupId: group.groupId, pskEpoch: group.epoch, pskNonce },
    },
    {
      proposalType: 'group_context_extensions',
      extensions: [
        { extensionType: CUSTOM_EXTENSION, extensionData: utf8('anything') },
        { extensionType: ExtensionType.of.required_capabilities, extensionData: Uint8Array.of(0, 0, 0) },
        { extensionType: ExtensionType.of.external_senders, extensionData: Uint8Array.of(0) },
      ],
    },
    { proposalType: 'unknown', proposalTypeValue: CUSTOM_TYPE, data: utf8('anything') },
    { proposalType: 'reinit', groupId: utf8('next'), version: 1, cipherSuite: suite.id, extensions: [] },
    { proposalType: 'external_init', kemOutput: new Uint8Array(32).fill(9) },
    { proposalType: 'self_remove' },
  ]
  const kind = tape.below(plain.length + 4)
  if (kind < 3) return anAdd(tape, suite, seed, isForged)
  if (kind === 3) return anUpdate(tape, group, seed, isForged)
  const proposal = plain[kind - 4]!
  return isForged ? mutate(tape, proposal) : proposal
}
