/** Calls by which somebody comes into a group, and uses it. */

import { decode } from '../src/codec/codec.ts'
import type { SuiteProvider } from '../src/crypto/default-provider.ts'
import { ExternalSender, ExternalSenders, findExtension, makeExtension } from '../src/mls/extension.ts'
import { Group } from '../src/mls/group.ts'
import { readGroupInfo } from '../src/mls/load-group.ts'
import type { ProposalRequest } from '../src/mls/proposal-request.ts'
import { PublicGroup } from '../src/mls/public-group.ts'
import { ExtensionType } from '../src/mls/registries.ts'
import { extensionsOf, externalPsk, leafOf } from './descriptions.ts'
import { configOf, newcomer, person } from './people.ts'
import { WireError } from './protobuf.ts'
import type { Handlers } from './service.ts'
import { type InGroup, PskStore, type Things } from './things.ts'

/** A tree that may be there: bytes that were not sent are none. */
export function treeIn(tree: Uint8Array): { readonly ratchetTree?: Uint8Array } {
  return tree.length === 0 ? {} : { ratchetTree: tree }
}

/** The members of a group as a group info and its tree tell them. */
export function* membersOf(group: PublicGroup) {
  for (const leaf of group.leaves()) yield { leaf, credential: group.member(leaf)!.credential }
}

type Joining = 'CreateGroup' | 'CreateKeyPackage' | 'JoinGroup' | 'ExternalJoin' | 'StorePSK' | 'Free'

/** Calls that make members. */
export function joiningHandlers(provider: SuiteProvider, things: Things): Pick<Handlers, Joining> {
  return {
    CreateGroup({ groupId, suite: suiteId, encryptHandshake, identity }) {
      const suite = provider.suite(suiteId)
      const { client, signatureKey } = person(suite, identity)
      signatureKey.fill(0)
      const psks = new PskStore()
      const config = configOf(psks, encryptHandshake)
      const group = Group.create({ ...client, suite, groupId, config })
      return { state: things.add({ kind: 'state', group, client, psks, config }) }
    },

    CreateKeyPackage({ suite, identity }) {
      const { waiting, told } = newcomer(provider.suite(suite), identity)
      return { transaction: things.add(waiting), ...told }
    },

    JoinGroup({ transaction, welcome, encryptHandshake, tree }) {
      const { suite, client, own, psks } = things.get('transaction', transaction)
      const config = configOf(psks, encryptHandshake)
      const { signer } = client
      const group = Group.join({ suite, welcome, keyPackages: [own], signer, config, ...treeIn(tree) })
      things.drop(transaction)
      const state = things.add({ kind: 'state', group, client, psks, config })
      return { state, authenticator: group.epochAuthenticator() }
    },

    ExternalJoin({ groupInfo, tree, encryptHandshake, identity, removePrior, psks: known }) {
      const suite = provider.suite(readGroupInfo(groupInfo).groupContext.cipherSuite)
      const { client, signatureKey } = person(suite, identity)
      signatureKey.fill(0)
      const psks = new PskStore()
      for (const { id, secret } of known) psks.set(id, secret)
      const config = configOf(psks, encryptHandshake)
      const former = (): number => {
        return leafOf(membersOf(PublicGroup.follow({ suite, groupInfo, config, ...treeIn(tree) })), identity)
      }
      const { group, commit } = Group.externalJoin({
        ...client,
        suite,
        groupInfo,
        config,
        psks: known.map(({ id }) => externalPsk(suite, id)),
        ...treeIn(tree),
        ...(removePrior ? { resync: former() } : {}),
      })
      const state = things.add({ kind: 'state', group, client, psks, config })
      return { state, commit, authenticator: group.epochAuthenticator() }
    },

    StorePSK({ stateOrTransaction, id, secret }) {
      things.psksOf(stateOrTransaction).set(id, secret)
      return {}
    },

    Free({ state }) {
      things.free(state)
      return {}
    },
  }
}

type Using = 'GroupInfo' | 'StateAuth' | 'Export' | 'Protect' | 'Unprotect'

/** Calls that look at a group, and messages in it. */
export function usingHandlers(things: Things): Pick<Handlers, Using> {
  return {
    GroupInfo({ state, treeApart }) {
      const { group } = things.get('state', state)
      const groupInfo = group.groupInfo({ ratchetTree: !treeApart })
      return treeApart ? { groupInfo, tree: group.ratchetTree() } : { groupInfo }
    },

    StateAuth({ state }) {
      return { authenticator: things.get('state', state).group.epochAuthenticator() }
    },

    Export({ state, label, context, length }) {
      return { secret: things.get('state', state).group.exportSecret(label, context, length) }
    },

    Protect({ state, authenticatedData, data }) {
      return { message: things.get('state', state).group.encrypt(data, authenticatedData) }
    },

    Unprotect({ state, message }) {
      const event = things.get('state', state).group.process(message)
      if (event.kind !== 'message') throw new WireError(`a message was expected, this was a ${event.kind}`)
      return { authenticatedData: event.authenticatedData, data: event.data }
    },
  }
}

type Proposing =
  | 'AddProposal'
  | 'UpdateProposal'
  | 'RemoveProposal'
  | 'ExternalPSKProposal'
  | 'ResumptionPSKProposal'
  | 'GroupContextExtensionsProposal'
  | 'ReInitProposal'
  | 'AddExternalSigner'

/** The extensions of a group, with one more external sender than before. */
function withExternalSender({ group }: InGroup, encoded: Uint8Array): ProposalRequest {
  const { external_senders } = ExtensionType.of
  const known = findExtension(group.extensions, external_senders, ExternalSenders) ?? []
  const others = group.extensions.filter(({ extensionType }) => extensionType !== external_senders)
  const senders = [...known, decode(ExternalSender, encoded)]
  return { type: 'extensions', extensions: [...others, makeExtension(external_senders, ExternalSenders, senders)] }
}

/** Calls by which members propose something. */
export function proposingHandlers(things: Things): Pick<Handlers, Proposing> {
  const propose = (number: number, request: (state: InGroup) => ProposalRequest): { proposal: Uint8Array } => {
    const state = things.get('state', number)
    return { proposal: state.group.propose(request(state)) }
  }
  return {
    AddProposal: ({ state, keyPackage }) => propose(state, () => ({ type: 'add', keyPackage })),

    UpdateProposal: ({ state }) => propose(state, () => ({ type: 'update' })),

    RemoveProposal: ({ state, removed }) =>
      propose(state, ({ group }) => ({ type: 'remove', leaf: leafOf(group.members(), removed) })),

    ExternalPSKProposal: ({ state, pskId }) => propose(state, () => ({ type: 'external_psk', pskId })),

    ResumptionPSKProposal: ({ state, epoch }) => propose(state, () => ({ type: 'resumption_psk', epoch })),

    GroupContextExtensionsProposal: ({ state, extensions }) =>
      propose(state, () => ({ type: 'extensions', extensions: extensionsOf(extensions) })),

    ReInitProposal: ({ state, suite, groupId, extensions }) =>
      propose(state, () => ({
        type: 'reinit',
        groupId,
        cipherSuite: suite,
        extensions: extensionsOf(extensions),
      })),

    AddExternalSigner: ({ state, externalSender }) =>
      propose(state, inGroup => withExternalSender(inGroup, externalSender)),
  }
}
