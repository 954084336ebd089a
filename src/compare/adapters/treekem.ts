/** TreeKEM: the group of RFC 9420, in cipher suite 1. */
import { utf8 } from '../../base/bytes.ts'
import { RejectedError, UsageError } from '../../base/errors.ts'
import { randomBytes } from '../../base/random.ts'
import { decode, encode } from '../../codec/codec.ts'
import { named, opaque, optional, vector } from '../../codec/primitives.ts'
import { struct } from '../../codec/struct.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { Credential } from '../../mls/credential.ts'
import { Group } from '../../mls/group.ts'
import { defaultLifetime, type GroupConfig } from '../../mls/group-config.ts'
import type { GroupEvent } from '../../mls/group-events.ts'
import { KeyPackage } from '../../mls/key-package.ts'
import { createKeyPackage, keyPackageRef, type OwnKeyPackage, wipeKeyPackage } from '../../mls/key-package-create.ts'
import type { ProposalRequest } from '../../mls/proposal-request.ts'
import {
  type Environment,
  type GroupProtocol,
  type MemberId,
  NEW_EPOCH,
  NOTHING,
  type Packet,
  REMOVED,
  readFrom,
  type Step,
  toAll,
} from '../protocol.ts'

const SUITE = 1
const SIGNATURE_KEY = 32
// runs can be replayed only where it is always the same time
const NOW = 1_700_000_000n
const CONFIG: GroupConfig = { clock: () => NOW }
const GROUP_ID = utf8('group')

const KeyPair = struct('KeyPair', { privateKey: opaque, publicKey: opaque })
const SavedKeyPackage = struct('SavedKeyPackage', { encoded: opaque, initKeys: KeyPair, leafKeys: KeyPair })
const SavedWelcome = struct('SavedWelcome', { to: vector(named('Name', opaque)), bytes: opaque })
const SavedClient = struct('SavedClient', {
  signature: opaque,
  keyPackages: vector(SavedKeyPackage),
  group: optional(named('SavedGroup', opaque)),
  welcome: optional(SavedWelcome),
})

/** One client. */
export interface TreeKemState {
  readonly environment: Environment
  readonly suite: CipherSuite
  readonly signatureKey: Uint8Array
  readonly signer: Signer
  readonly credential: Credential
  readonly keyPackages: OwnKeyPackage[]
  group: Group | undefined
  /** For those whom the pending commit adds. */
  welcome: Packet | undefined
}

const nameOf = (credential: Credential): MemberId => {
  if (credential.credentialType !== 'basic') throw new RejectedError('invalid-credential')
  return new TextDecoder().decode(credential.identity)
}

function activeGroup({ group }: TreeKemState): Group {
  if (group === undefined) throw new UsageError('group-inactive', { status: 'outside' })
  return group
}

function leafOf(group: Group, who: MemberId): number {
  for (const { leaf, credential } of group.members()) if (nameOf(credential) === who) return leaf
  throw new UsageError('not-a-member')
}

const welcomePacket = (to: readonly MemberId[], bytes: Uint8Array): Packet => ({
  to,
  ordered: false,
  kind: 'handshake',
  bytes,
})

/** A commit, and the Welcome that waits until the commit is accepted. */
function commit(state: TreeKemState, requests: readonly ProposalRequest[], newcomers: readonly MemberId[]): Step {
  const { commit: message, welcome } = activeGroup(state).commit(requests)
  state.welcome = welcome && welcomePacket(newcomers, welcome)
  return toAll(message, 'epoch', 'handshake')
}

const addRequest = (keyPackage: Uint8Array): ProposalRequest => ({ type: 'add', keyPackage })

function create(state: TreeKemState, others: readonly MemberId[]): Step {
  const { environment, suite, signer, credential } = state
  const requests = others.map(id => addRequest(environment.fetch(id)))
  const group = Group.create({ suite, signer, credential, groupId: GROUP_ID, config: CONFIG })
  const { welcome } = group.commit(requests)
  // nobody else is there yet: nothing needs to be put in order
  group.accept()
  state.group = group
  return { out: welcome ? [welcomePacket(others, welcome)] : [], events: NEW_EPOCH.events, done: true }
}

function join(state: TreeKemState, welcome: Uint8Array): Step {
  const { suite, signer, keyPackages } = state
  const before = state.group
  if (before?.status === 'active') throw new UsageError('wrong-argument', { expected: 'a client in no group' })
  state.group = Group.join({ suite, signer, keyPackages, welcome, config: CONFIG })
  before?.close()
  for (const used of keyPackages.splice(0)) wipeKeyPackage(used)
  return NEW_EPOCH
}

function stepOf(group: Group, event: GroupEvent): Step {
  switch (event.kind) {
    case 'message':
      return readFrom(nameOf(group.member(event.sender)!.credential), event.data)
    case 'removed':
      return REMOVED
    default:
      return event.kind === 'commit' ? NEW_EPOCH : NOTHING
  }
}

function newClient(environment: Environment, signatureKey: Uint8Array): TreeKemState {
  const suite = environment.provider.suite(SUITE)
  return {
    environment,
    suite,
    signatureKey,
    signer: suite.signature.signer(signatureKey),
    credential: { credentialType: 'basic', identity: utf8(environment.id) },
    keyPackages: [],
    group: undefined,
    welcome: undefined,
  }
}

function save({ signatureKey, keyPackages, group, welcome }: TreeKemState): Uint8Array {
  return encode(SavedClient, {
    signature: signatureKey,
    keyPackages,
    group: group?.save(),
    welcome: welcome && { to: (welcome.to as readonly MemberId[]).map(utf8), bytes: welcome.bytes },
  })
}

function load(environment: Environment, bytes: Uint8Array): TreeKemState {
  const saved = decode(SavedClient, bytes.slice())
  const state = newClient(environment, saved.signature)
  const { suite, signer } = state
  for (const { encoded, ...keys } of saved.keyPackages) {
    const own = encoded as Uint8Array<ArrayBuffer>
    const keyPackage = decode(KeyPackage, own)
    const { initKeys, leafKeys } = keys as Pick<OwnKeyPackage, 'initKeys' | 'leafKeys'>
    state.keyPackages.push({ keyPackage, encoded: own, ref: keyPackageRef(suite, own), initKeys, leafKeys })
  }
  if (saved.group !== undefined) state.group = Group.load({ suite, signer, snapshot: saved.group, config: CONFIG })
  if (saved.welcome !== undefined) {
    const to = saved.welcome.to.map(name => new TextDecoder().decode(name))
    state.welcome = welcomePacket(to, saved.welcome.bytes)
  }
  return state
}

/** RFC 9420 as a group protocol. */
export const treeKem: GroupProtocol<TreeKemState> = {
  name: 'TreeKEM',
  traits: {
    asynchronous: true,
    needsTotalOrder: true,
    forwardSecrecy: true,
    postCompromiseSecurity: true,
    deniable: false,
    // whoever is added waits for the Welcome, which waits for the commit
    rounds: operation => (operation === 'add' ? 2 : 1),
    maxMembers: 100_000,
  },
  client: environment => newClient(environment, randomBytes(environment.provider.random, SIGNATURE_KEY)),
  publish({ suite, signer, credential, keyPackages }) {
    const own = createKeyPackage(suite, { signer, credential, lifetime: defaultLifetime(NOW) })
    keyPackages.push(own)
    return own.encoded
  },
  create,
  join: (state, _from, packet) => join(state, packet),
  update: state => commit(state, [], []),
  add: (state, who) => commit(state, [addRequest(state.environment.fetch(who))], [who]),
  remove: (state, who) => commit(state, [{ type: 'remove', leaf: leafOf(activeGroup(state), who) }], []),
  send: (state, plaintext) => toAll(activeGroup(state).encrypt(plaintext), false, 'message'),
  receive(state, _from, packet) {
    const group = activeGroup(state)
    return stepOf(group, group.process(packet))
  },
  commitAccepted(state, accepted) {
    const { group, welcome } = state
    // another commit may have come first, or ended the membership
    state.welcome = undefined
    if (group === undefined || !group.isPending) return NOTHING
    if (!accepted) {
      group.reject()
      return NOTHING
    }
    group.accept()
    return { out: welcome === undefined ? [] : [welcome], events: NEW_EPOCH.events, done: true }
  },
  epochId: state => activeGroup(state).epochAuthenticator(),
  members({ group }) {
    if (group?.status !== 'active') return []
    return [...group.members()].map(({ credential }) => nameOf(credential))
  },
  storage: { save, load },
}
