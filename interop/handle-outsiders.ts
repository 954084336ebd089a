/** Calls by which those who are not members propose something. */
import { equalPublic } from '../src/base/bytes.ts'
import { encode } from '../src/codec/codec.ts'
import type { SuiteProvider } from '../src/crypto/default-provider.ts'
import { ExternalSender, ExternalSenders, findExtension } from '../src/mls/extension.ts'
import { readGroupInfo } from '../src/mls/load-group.ts'
import { proposeFromOutside, proposeToJoin } from '../src/mls/outside.ts'
import { PublicGroup } from '../src/mls/public-group.ts'
import { ExtensionType } from '../src/mls/registries.ts'
import { proposalOf } from './descriptions.ts'
import { membersOf, treeIn } from './handle-members.ts'
import { newcomer, person } from './people.ts'
import { WireError } from './protobuf.ts'
import type { Handlers } from './service.ts'
import type { Things } from './things.ts'

type Outside = 'NewMemberAddProposal' | 'CreateExternalSigner' | 'ExternalSignerProposal'

export function outsiderHandlers(provider: SuiteProvider, things: Things): Pick<Handlers, Outside> {
  return {
    NewMemberAddProposal({ groupInfo, identity }) {
      const { groupContext } = readGroupInfo(groupInfo)
      const { waiting, told } = newcomer(provider.suite(groupContext.cipherSuite), identity)
      const { suite, client, own } = waiting
      const proposal = proposeToJoin(suite, groupContext, { signer: client.signer, keyPackage: own })
      const { initKey, encryptionKey, signatureKey } = told
      return { transaction: things.add(waiting), proposal, initKey, encryptionKey, signatureKey }
    },

    CreateExternalSigner({ suite: suiteId, identity }) {
      const suite = provider.suite(suiteId)
      const { client, signatureKey } = person(suite, identity)
      signatureKey.fill(0)
      const { signer, credential } = client
      const externalSender = encode(ExternalSender, { signatureKey: signer.publicKey, credential })
      return { signer: things.add({ kind: 'signer', suite, signer }), externalSender }
    },

    // the harness never sends an index: the group says which of its external senders this one is
    ExternalSignerProposal({ signer: number, groupInfo, tree, description }) {
      const { suite, signer } = things.get('signer', number)
      const { groupContext } = readGroupInfo(groupInfo)
      if (groupContext.cipherSuite !== suite.id) throw new WireError('the signer has another suite than the group')
      const { groupId, epoch, extensions } = groupContext
      const senders = findExtension(extensions, ExtensionType.of.external_senders, ExternalSenders) ?? []
      const senderIndex = senders.findIndex(({ signatureKey }) => equalPublic(signatureKey, signer.publicKey))
      if (senderIndex < 0) throw new WireError('the group has no such external sender')
      const members = () => membersOf(PublicGroup.follow({ suite, groupInfo, ...treeIn(tree) }))
      const proposal = proposalOf(description, { suite, groupId, members })
      return { proposal: proposeFromOutside(suite, { groupId, epoch }, { signer, senderIndex, proposal }) }
    },
  }
}
