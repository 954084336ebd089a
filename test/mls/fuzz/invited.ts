/** Those who are invited, look on, or join by themselves: what they make of invitations, and that refusals leave them as they were. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Client } from '../../../src/client/client.ts'
import { loadClient } from '../../../src/client/saved-client.ts'
import { encode } from '../../../src/codec/codec.ts'
import type { SuiteProvider } from '../../../src/crypto/index.ts'
import type { Signer } from '../../../src/crypto/provider.ts'
import type { CipherSuite } from '../../../src/crypto/suites.ts'
import { ExternalSenders, RequiredCapabilities } from '../../../src/mls/extension.ts'
import type { Group } from '../../../src/mls/group.ts'
import type { GroupConfig } from '../../../src/mls/group-config.ts'
import type { PreSharedKeyID } from '../../../src/mls/psk.ts'
import { PublicGroup } from '../../../src/mls/public-group.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import { allSuites } from '../../crypto/curve-backends.ts'
import { coreOf } from '../forge-commit.ts'
import { expectAgreement, NOW, seededRandom, TestClient, TestGroup } from '../group-world.ts'
import { signatureKeyOf, signerOf } from '../leaves.ts'
import { refusedBy } from '../rules.ts'
import { holds } from '../tree-definitions.ts'
import { Draft, type Invitation, type Opened, openWelcome, PRE_SHARED_KEY, UNKNOWN_PSK } from './invitation.ts'
import type { Verdicts } from './judge.ts'

const isUnknown = (id: PreSharedKeyID): boolean => id.psktype === 'external' && toHex(id.pskId) === toHex(UNKNOWN_PSK)
const config: GroupConfig = {
  clock: () => NOW,
  handshake: 'public',
  preSharedKey: id => (isUnknown(id) ? undefined : PRE_SHARED_KEY),
}
// no call takes longer, whatever it is given
const LONGEST_CALL = 5_000

/** An outcome, and how whoever is in got in. */
interface Answer<T> {
  readonly code?: string
  readonly joined?: T
}

/** An invitation that is as it should be. */
interface Genuine {
  readonly opened: Opened
  readonly welcome: Uint8Array
  readonly ratchetTree: Uint8Array | undefined
  /** What joining by it comes to. */
  readonly state: string
  readonly authenticator: string
}

function found(suite: CipherSuite): TestGroup {
  const client = (i: number): TestClient => new TestClient(suite, 7_000 + i, config)
  const { credential, signer } = client(20).description
  const senders = encode(ExternalSenders, [{ signatureKey: signer.publicKey, credential }])
  const demands = encode(RequiredCapabilities, { extensionTypes: [], proposalTypes: [10], credentialTypes: [1] })
  const extensions = [
    { extensionType: ExtensionType.of.external_senders, extensionData: senders },
    { extensionType: ExtensionType.of.required_capabilities, extensionData: demands },
  ]
  const world = TestGroup.of([1, 2, 3, 4, 5, 6, 7].map(client), { extensions })
  const [, bob, carol] = world.groups as [Group, Group, Group]
  world.commit(carol, [{ type: 'remove', leaf: 5 }])
  world.commit(bob, [], [client(8)], { path: false })
  return world
}

/** A group, and clients of which one is invited and one is not. Whoever gets in by a forgery is as it was before the next. */
export class Invited {
  readonly #provider: SuiteProvider
  readonly #suite: CipherSuite
  readonly #world: TestGroup
  #newcomer: Client
  #outsider: Client
  readonly #genuine: readonly Genuine[]

  constructor(seed: number, suiteId: number) {
    const provider = allSuites({ random: seededRandom(seed) })
    this.#provider = provider
    this.#suite = provider.suite(suiteId)
    this.#world = found(this.#suite)
    const client = (i: number): Client =>
      new Client({
        identity: `client ${i}`,
        suite: suiteId,
        provider,
        signatureKey: signatureKeyOf(this.#suite, i),
        config,
      })
    this.#newcomer = client(7_011)
    this.#outsider = client(7_012)
    this.#genuine = this.#invite()
  }

  /** One Welcome with a path secret and the tree in it, and one without either: that one counts. */
  #invite(): Genuine[] {
    const [mallory] = this.#world.groups as [Group]
    const lifetime = { notBefore: 1_000n, notAfter: 2_000n }
    const keyPackage = this.#newcomer.keyPackage({ lifetime })
    const other = new TestClient(this.#suite, 7_013, config)
    const requests = [other.add(), { type: 'add', keyPackage }, { type: 'external_psk', pskId: utf8('known') }] as const
    const given = mallory.commit(requests)
    mallory.reject()
    const bare = mallory.commit(requests, { path: false, ratchetTree: 'apart' })
    this.#world.deliver(bare.commit)
    this.#world.join(other, bare)
    return [given, bare].map(({ welcome, ratchetTree }) => this.#open(welcome!, ratchetTree))
  }

  #open(welcome: Uint8Array, ratchetTree: Uint8Array | undefined): Genuine {
    const suite = this.#suite
    const known = Array.from({ length: 20 }, (_, i): [string, Signer] => {
      const signer = signerOf(suite, 7_001 + i)
      return [toHex(signer.publicKey), signer]
    })
    const [own] = loadClient(suite, this.#newcomer.save()).keyPackages
    const { ref, initKeys } = own!
    const invited = signerOf(suite, 7_011)
    const opened = openWelcome(suite, welcome, { ref, initKeys, signers: new Map(known), invited, apart: ratchetTree })
    const saved = this.#newcomer.save()
    const group = this.#newcomer.join(welcome, ratchetTree === undefined ? {} : { ratchetTree })
    this.#newcomer = Client.load(saved, { provider: this.#provider, config })
    const state = toHex(group.save())
    return { opened, welcome, ratchetTree, state, authenticator: toHex(group.epochAuthenticator()) }
  }

  draft(i: number): Draft {
    return new Draft(this.#genuine[i % this.#genuine.length]!.opened)
  }

  /** Both genuine Welcomes are as good as they were. */
  expectGenuineJoins(): void {
    for (const { welcome, ratchetTree, state } of this.#genuine) {
      const { joined } = this.#join({ welcome, ratchetTree })
      expect(joined && toHex(joined.save()) === state, 'the genuine Welcome').toBe(true)
    }
  }

  /** What all make of it; who has to refuse it does. */
  judge(invitation: Invitation, refusedByWhom: 'newcomer' | 'everybody' | undefined, verdicts: Verdicts): void {
    const { groupInfo, ratchetTree } = invitation
    const joining = this.#join(invitation)
    const following = this.#follow(groupInfo, ratchetTree)
    const coming = this.#comeIn(groupInfo, ratchetTree)
    verdicts.add(`join: ${joining.code ?? 'joined'}`)
    verdicts.add(`follow: ${following.code ?? 'followed'}`)
    verdicts.add(`come: ${coming.code ?? 'came'}`)
    if (refusedByWhom !== undefined) expect(joining.code, 'a lie was believed').toBeDefined()
    if (refusedByWhom === 'everybody') expect([following.code, coming.code]).not.toContain(undefined)
    const { joined: group } = joining
    if (group !== undefined) this.#expectAsClaimed(group, invitation)
    // whoever is in has checked all that a follower checks
    const sawTheSame = group !== undefined && invitation.isOneInfo
    if (sawTheSame || coming.joined !== undefined) expect(following.code).toBeUndefined()
    if (coming.joined !== undefined) expectFollowed(following.joined!, coming.joined)
  }

  /** A newcomer is where the forger says, in a tree that keeps the rules; and in the genuine group all of its state is genuine. */
  #expectAsClaimed(group: Group, { tree, treeBytes, context, authenticator }: Invitation): void {
    const seen = coreOf(group).epoch.context.context
    expect(seen).toEqual(context)
    expect(toHex(group.ratchetTree())).toBe(toHex(treeBytes))
    expect(toHex(group.epochAuthenticator())).toBe(toHex(authenticator))
    expect(holds(tree), 'a tree against the rules').toBe(true)
    const genuine = this.#genuine.find(one => one.authenticator === toHex(authenticator))
    if (genuine !== undefined) expect(toHex(group.save()) === genuine.state, 'the genuine state').toBe(true)
  }

  #join(given: Pick<Invitation, 'welcome' | 'ratchetTree'>): Answer<Group> {
    const saved = this.#newcomer.save()
    const { welcome, ratchetTree } = given
    const answer = answerOf(this.#newcomer, () =>
      this.#newcomer.join(welcome, ratchetTree === undefined ? {} : { ratchetTree }),
    )
    if (answer.joined !== undefined) this.#newcomer = Client.load(saved, { provider: this.#provider, config })
    return answer
  }

  #comeIn(groupInfo: Uint8Array, ratchetTree: Uint8Array | undefined): Answer<{ group: Group; commit: Uint8Array }> {
    const more = ratchetTree === undefined ? {} : { ratchetTree }
    return answerOf(this.#outsider, () => this.#outsider.externalJoin(groupInfo, more))
  }

  #follow(groupInfo: Uint8Array, ratchetTree: Uint8Array | undefined): Answer<PublicGroup> {
    const request = { suite: this.#suite, groupInfo, config }
    return answerOf([], () => PublicGroup.follow(ratchetTree === undefined ? request : { ...request, ratchetTree }))
  }

  /** After all that was refused, the newcomer and the outsider join the genuine group and are heard. */
  expectHealthy(): void {
    const world = this.#world
    const { welcome, ratchetTree } = this.#genuine.at(-1)!
    const groups = [...world.groups, this.#newcomer.join(welcome, { ratchetTree: ratchetTree! })]
    expectAgreement(groups)
    const { group, commit } = this.#outsider.externalJoin(groups[0]!.groupInfo())
    for (const member of groups) expect(member.process(commit).kind).toBe('commit')
    expectAgreement([...groups, group])
    const words = group.encrypt(utf8('made it'))
    for (const member of groups) expect(member.process(words)).toMatchObject({ data: utf8('made it') })
  }
}

/** The answer to a call: a typed refusal without a trace, or what was joined; and neither takes long. */
function answerOf<T>(concerned: Parameters<typeof refusedBy>[0], call: () => T): Answer<T> {
  let joined: T | undefined
  const start = performance.now()
  const why = refusedBy(concerned, () => {
    joined = call()
  })
  expect(performance.now() - start).toBeLessThan(LONGEST_CALL)
  if (why === undefined) return { joined: joined! }
  expect(why['class'], String(why['code'])).toBe('RejectedError')
  return { code: String(why['code']) }
}

/** Whoever comes in makes a commit that a follower from the same group info takes, and both see the same group. */
function expectFollowed(follower: PublicGroup, { group, commit }: { group: Group; commit: Uint8Array }): void {
  expect(follower.process(commit)).toMatchObject({ kind: 'commit', external: true })
  expect([follower.epoch, toHex(follower.groupId)]).toEqual([group.epoch, toHex(group.groupId)])
  expect(toHex(follower.ratchetTree())).toBe(toHex(group.ratchetTree()))
}
