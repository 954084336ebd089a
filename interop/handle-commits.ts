/** Calls that make commits and take them in, those that end a group among them, and groups that continue others. */
import { toHex } from '../src/base/bytes.ts'
import { UsageError } from '../src/base/errors.ts'
import type { SuiteProvider } from '../src/crypto/default-provider.ts'
import { Group } from '../src/mls/group.ts'
import type { CommitEvent } from '../src/mls/group-events.ts'
import { extensionsOf, requestOf } from './descriptions.ts'
import { treeIn } from './handle-members.ts'
import { configOf, newcomer } from './people.ts'
import { WireError } from './protobuf.ts'
import type { Handlers, RequestOf, ResponseOf } from './service.ts'
import type { InGroup, Things } from './things.ts'

type Order = RequestOf<'Commit'>
type Received = RequestOf<'HandleCommit'>

/** Takes in proposals, and says their references. */
function takeProposals(group: Group, proposals: readonly Uint8Array[]): Set<string> {
  const refs = new Set<string>()
  for (const proposal of proposals) {
    const event = group.process(proposal)
    if (event.kind !== 'proposal') throw new WireError(`a proposal was expected, this was a ${event.kind}`)
    refs.add(toHex(event.ref))
  }
  return refs
}

/** A commit of exactly these proposals. What was proposed otherwise in this epoch is forgotten. */
function commit({ group }: InGroup, order: Order): Partial<ResponseOf<'Commit'>> {
  if (group.isPending) throw new UsageError('commit-pending')
  const wanted = takeProposals(group, order.byReference)
  const requests = order.byValue.map(description => requestOf(description, () => group.members()))
  for (const { ref } of group.proposals) if (!wanted.has(toHex(ref))) group.dropProposal(ref)
  const made = group.commit(requests, {
    path: order.forcePath,
    ratchetTree: order.treeApart ? 'apart' : 'inside',
  })
  if (made.leftOut.length > 0) {
    group.reject()
    throw new WireError(`${made.leftOut.length} of the proposals cannot be in one commit with the others`)
  }
  return {
    commit: made.commit,
    ...(made.welcome === undefined ? {} : { welcome: made.welcome }),
    ...(made.welcome === undefined || made.ratchetTree === undefined ? {} : { tree: made.ratchetTree }),
  }
}

function handleCommit({ group }: InGroup, { proposals, commit }: Received): CommitEvent {
  takeProposals(group, proposals)
  const event = group.process(commit)
  if (event.kind === 'removed') throw new WireError('this member was removed')
  if (event.kind !== 'commit') throw new WireError(`a commit was expected, this was a ${event.kind}`)
  return event
}

/** The group that a ReInit ended: its member makes a key package for the next one. */
function end(
  provider: SuiteProvider,
  things: Things,
  { state, event }: { readonly state: InGroup; readonly event: CommitEvent },
): Partial<ResponseOf<'HandleReInitCommit'>> {
  const { group, client } = state
  const { reinit } = event.changes
  if (reinit === undefined) throw new UsageError('wrong-argument', { expected: 'a commit of a ReInit' })
  const identity = client.credential.credentialType === 'basic' ? client.credential.identity : new Uint8Array(0)
  const { waiting, told } = newcomer(provider.suite(reinit.cipherSuite), identity)
  told.signatureKey.fill(0)
  const number = things.add({ kind: 'reinit', state, next: waiting })
  return { reinit: number, keyPackage: told.keyPackage, authenticator: group.epochAuthenticator() }
}

type Committing =
  | 'Commit'
  | 'HandleCommit'
  | 'HandlePendingCommit'
  | 'ReInitCommit'
  | 'HandleReInitCommit'
  | 'HandlePendingReInitCommit'

/** Calls about commits. A state keeps its number through all epochs. */
export function committingHandlers(provider: SuiteProvider, things: Things): Pick<Handlers, Committing> {
  return {
    Commit: order => commit(things.get('state', order.state), order),

    HandleCommit(received) {
      const state = things.get('state', received.state)
      handleCommit(state, received)
      return { state: received.state, authenticator: state.group.epochAuthenticator() }
    },

    HandlePendingCommit({ state }) {
      const { group } = things.get('state', state)
      group.accept()
      return { state, authenticator: group.epochAuthenticator() }
    },

    ReInitCommit: order => commit(things.get('state', order.state), order),

    HandleReInitCommit(received) {
      const state = things.get('state', received.state)
      return end(provider, things, { state, event: handleCommit(state, received) })
    },

    HandlePendingReInitCommit({ state: number }) {
      const state = things.get('state', number)
      return end(provider, things, { state, event: state.group.accept() })
    },
  }
}

type Continuing = 'ReInitWelcome' | 'HandleReInitWelcome' | 'CreateBranch' | 'HandleBranch'

/** Calls about groups that continue others. Their first commit always has a path, so being asked for one changes nothing. */
export function continuingHandlers(things: Things): Pick<Handlers, Continuing> {
  const founded = (
    { group, welcome }: { readonly group: Group; readonly welcome: Uint8Array },
    member: Omit<InGroup, 'kind' | 'group'>,
    treeApart: boolean,
  ) => ({
    state: things.add({ kind: 'state', group, ...member }),
    welcome,
    authenticator: group.epochAuthenticator(),
    ...(treeApart ? { tree: group.ratchetTree() } : {}),
  })
  const successor = ({ psks, config }: InGroup) => {
    const copy = psks.copy()
    return { psks: copy, config: configOf(copy, config.handshake === 'private') }
  }
  return {
    ReInitWelcome({ reinit, keyPackages, treeApart }) {
      const { state, next } = things.get('reinit', reinit)
      const { suite, client } = next
      const member = { client, ...successor(state) }
      const made = state.group.reinitialize({
        ...client,
        suite,
        keyPackages,
        ratchetTree: !treeApart,
        config: member.config,
      })
      things.free(reinit)
      return founded(made, member, treeApart)
    },

    HandleReInitWelcome({ reinit, welcome, tree }) {
      const { state, next } = things.get('reinit', reinit)
      const { suite, client, own } = next
      const member = { client, ...successor(state) }
      const { config } = member
      const group = Group.join({
        suite,
        welcome,
        keyPackages: [own],
        signer: client.signer,
        previous: state.group,
        config,
        ...treeIn(tree),
      })
      things.free(reinit)
      return { state: things.add({ kind: 'state', group, ...member }), authenticator: group.epochAuthenticator() }
    },

    CreateBranch({ state: number, groupId, extensions, keyPackages, treeApart }) {
      const state = things.get('state', number)
      const member = { client: state.client, ...successor(state) }
      const made = state.group.branch({
        ...state.client,
        groupId,
        extensions: extensionsOf(extensions),
        keyPackages,
        ratchetTree: !treeApart,
        config: member.config,
      })
      return founded(made, member, treeApart)
    },

    HandleBranch({ state: number, transaction, welcome, tree }) {
      const state = things.get('state', number)
      const { suite, client, own, psks } = things.get('transaction', transaction)
      const member = { client, ...successor(state) }
      const group = Group.join({
        suite,
        welcome,
        keyPackages: [own],
        signer: client.signer,
        previous: state.group,
        config: member.config,
        ...treeIn(tree),
      })
      psks.wipe()
      things.drop(transaction)
      return { state: things.add({ kind: 'state', group, ...member }), authenticator: group.epochAuthenticator() }
    },
  }
}
