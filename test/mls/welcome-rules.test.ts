/** Sections 11.2, 11.3 and 12.4.3.1: Welcomes that are against the rules, and groups that continue others. */
import { beforeEach, describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import { SecretBytes } from '../../src/base/secret.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { continueGroup } from '../../src/mls/continuation.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import { GroupContext } from '../../src/mls/group-context.ts'
import type { GroupInfo } from '../../src/mls/group-info.ts'
import { signGroupInfo } from '../../src/mls/group-info-sign.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { deriveFromJoiner } from '../../src/mls/key-schedule.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { pskSecret } from '../../src/mls/psk-secret.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { GroupSecrets } from '../../src/mls/welcome.ts'
import { createWelcome } from '../../src/mls/welcome-create.ts'
import { coreOf, forgeCommit } from './forge-commit.ts'
import { CUSTOM_EXTENSION, expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const provider = seededProvider(9)
const suite = provider.suite(1)
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, more)

let world: TestGroup
let alice: Group
let dave: TestClient

beforeEach(() => {
  world = TestGroup.of([client(1), client(2), client(3)])
  alice = world.groups[0]!
  dave = client(4)
})

/** What a forger may choose about a Welcome for Dave, who is in the tree already. */
interface Forgery {
  readonly info?: Partial<GroupInfo['groupContext']>
  readonly psks?: readonly { readonly id: PreSharedKeyID; readonly secret: Uint8Array }[]
  /** Keys that are named, but not mixed in. */
  readonly named?: readonly PreSharedKeyID[]
  readonly pathSecret?: Uint8Array
  readonly signer?: number
  readonly confirmationTag?: Uint8Array
  readonly joinerOf?: TestClient
  readonly tree?: Uint8Array
}

/** A Welcome into the present epoch of Alice's group, whose secrets are made up but fit together. */
function forgeWelcome(group: Group, forgery: Forgery): Uint8Array {
  const core = coreOf(group)
  const { psks = [], named = psks.map(({ id }) => id), pathSecret } = forgery
  const context = { ...core.epoch.context.context, ...forgery.info }
  const joinerSecret = new SecretBytes(new Uint8Array(32).fill(7))
  const mixed = pskSecret(suite, psks)
  const groupContext = encode(GroupContext, context)
  const { welcomeSecret, secrets } = deriveFromJoiner(suite, joinerSecret.bytes, { pskSecret: mixed, groupContext })
  const tag = suite.kdf.hmac(secrets.confirmationKey.bytes, context.confirmedTranscriptHash)
  const groupInfo = signGroupInfo(suite, {
    context,
    confirmationTag: forgery.confirmationTag ?? tag,
    leaf: forgery.signer ?? core.leaf,
    signer: core.signer,
    ratchetTree: forgery.tree ?? core.tree.encode(),
  })
  const joiner = forgery.joinerOf ?? dave
  const welcome = createWelcome(suite, {
    groupInfo,
    epoch: { joinerSecret, welcomeSecret },
    joiners: [decode(KeyPackage, joiner.keyPackages.at(-1)!.encoded)],
    pathSecrets: pathSecret && [pathSecret],
    psks: named,
  })
  return encode(MLSMessage, { wireFormat: 'mls_welcome', welcome })
}

/** Dave is in the tree, and may be welcomed: nobody above him has a key that he would need. */
function addDave(): void {
  alice.commit([dave.add()], { path: false })
  alice.accept()
}

/** What a client says to a Welcome that it refuses; the group that it knows of is concerned as well. */
function refusedJoin(
  by: TestClient,
  welcome: Uint8Array,
  more: Parameters<TestClient['join']>[1] = {},
): ReturnType<typeof refusedBy> {
  const { previous } = more
  return refusedBy(previous === undefined ? by : [by, previous], () => by.join(welcome, more))
}

const join = (welcome: Uint8Array, more: Parameters<TestClient['join']>[1] = {}) => refusedJoin(dave, welcome, more)

describe('RFC 9420 section 12.4.3.1, joining', () => {
  beforeEach(addDave)

  it('the forger makes Welcomes that are right where nothing is wrong', () => {
    expect(dave.join(forgeWelcome(alice, {})).leaf).toBe(3)
  })

  it('copath-mls-12.4.3.1-01: the Welcome is of the suite', () => {
    const other = new TestClient(provider.suite(3), 4)
    const welcome = forgeWelcome(alice, {})
    expect(refusedJoin(other, welcome)).toMatchObject({ code: 'wrong-suite', rule: 'copath-mls-12.4.3.1-01' })
  })

  it('copath-mls-12.4.3.1-02: the Welcome is for this client', () => {
    const eve = client(5)
    eve.keyPackage()
    const welcome = forgeWelcome(alice, { joinerOf: eve })
    expect(join(welcome)).toMatchObject({ code: 'no-key-package', rule: 'copath-mls-12.4.3.1-02' })
    expect(join(alice.groupInfo())).toMatchObject({ code: 'unexpected-message' })
    expect(join(welcome.subarray(0, 40))).toMatchObject({ code: 'truncated' })
  })

  const tie = (usage: 'reinit' | 'branch', pskNonce = new Uint8Array(32)): PreSharedKeyID => ({
    psktype: 'resumption',
    usage,
    pskGroupId: alice.groupId,
    pskEpoch: alice.epoch,
    pskNonce,
  })

  it('copath-mls-12.4.3.1-03: one key at most continues another group', () => {
    const secret = new Uint8Array(32)
    const psks = [
      { id: tie('reinit'), secret },
      { id: tie('branch'), secret },
    ]
    expect(join(forgeWelcome(alice, { psks }))).toMatchObject({
      code: 'invalid-welcome',
      rule: 'copath-mls-12.4.3.1-03',
    })
  })

  it('copath-mls-12.4.3.1-09: nonces of pre-shared keys have their length', () => {
    const psks = [{ id: tie('branch', new Uint8Array(3)), secret: new Uint8Array(32) }]
    expect(join(forgeWelcome(alice, { psks }))).toMatchObject({ rule: 'copath-mls-12.4.3.1-09' })
  })

  it('copath-mls-8.4-01: pre-shared keys can be numbered', () => {
    const one: PreSharedKeyID = { psktype: 'external', pskId: utf8('x'), pskNonce: new Uint8Array(32) }
    const named = Array.from({ length: 65_536 }, () => one)
    expect(join(forgeWelcome(alice, { named }))).toMatchObject({ code: 'invalid-welcome', rule: 'copath-mls-8.4-01' })
  })

  it('copath-mls-8.1-01: nothing follows the last epoch that can be numbered', () => {
    const last = dave.join(forgeWelcome(alice, { info: { epoch: 2n ** 64n - 1n } }))
    expect(refusedBy(last, () => last.commit())).toMatchObject({ code: 'invalid-commit', rule: 'copath-mls-8.1-01' })
    const eve = client(5)
    const request = { ...eve.description, suite, config: eve.config, groupInfo: last.groupInfo() }
    expect(refusedBy(eve, () => Group.externalJoin(request))).toMatchObject({ rule: 'copath-mls-8.1-01' })
  })

  it('copath-mls-12.4.3.1-04: the tree is the one that was announced', () => {
    const tree = alice.ratchetTree()
    alice.commit([])
    alice.accept()
    expect(join(forgeWelcome(alice, { tree }))).toMatchObject({ code: 'wrong-tree-hash' })
    const apart = alice.commit([client(8).add(), { type: 'remove', leaf: 1 }], { ratchetTree: 'omitted' })
    expect(apart.ratchetTree).toBe(undefined)
    expect(refusedJoin(client(8), apart.welcome!)).toMatchObject({ code: 'no-key-package' })
  })

  it('copath-mls-12.4.3.1-04: a tree beside the Welcome is the one that is in it', () => {
    const welcome = forgeWelcome(alice, {})
    const ratchetTree = alice.ratchetTree()
    const stranger = client(9).create().ratchetTree()
    expect(join(welcome, { ratchetTree: stranger })).toMatchObject({ code: 'wrong-tree-hash' })
    expect(dave.join(welcome, { ratchetTree }).memberCount).toBe(4)
  })

  it('copath-mls-5.3.1-01: the authentication service accepts the members, and copath-mls-5.3.1-03: the external senders', () => {
    const { credential, signer } = client(77).description
    const extensionData = encode(ExternalSenders, [{ signatureKey: signer.publicKey, credential }])
    const extensions = [{ extensionType: ExtensionType.of.external_senders, extensionData }]
    const welcome = forgeWelcome(alice, { info: { extensions } })
    const { keyPackages, signer: own } = dave
    const without = (seed: number) => {
      const stranger = client(seed).signer.publicKey
      const isValid = ({ signatureKey }: { signatureKey: Uint8Array }) => toHex(signatureKey) !== toHex(stranger)
      const config = { ...dave.config, authentication: { isValid } }
      return refusedBy(dave, () => Group.join({ suite, welcome, keyPackages, signer: own, config }))
    }
    expect(without(2)).toMatchObject({ code: 'invalid-credential', rule: 'copath-mls-5.3.1-01', leaf: 1 })
    expect(without(77)).toMatchObject({ code: 'invalid-credential', rule: 'copath-mls-5.3.1-03' })
    expect(dave.join(welcome).memberCount).toBe(4)
  })

  it('copath-mls-12.4.3.1-05: the tree has the leaf of the key package', () => {
    const stale = forgeWelcome(alice, {})
    dave.keyPackage()
    expect(join(forgeWelcome(alice, {}))).toMatchObject({ rule: 'copath-mls-12.4.3.1-05' })
    expect(dave.join(stale).memberCount).toBe(4)
  })

  it('copath-mls-12.4.3.1-06: a path secret is of another member, and fits', () => {
    const pathSecret = new Uint8Array(32)
    expect(join(forgeWelcome(alice, { pathSecret }))).toMatchObject({ code: 'wrong-path-secret' })
    const core = coreOf(alice)
    const selfMade = { pathSecret, signer: 3 }
    // signed by Dave's own leaf, as if Dave had welcomed himself
    const signer = core.signer
    core.signer = dave.signer
    const welcome = forgeWelcome(alice, selfMade)
    core.signer = signer
    expect(join(welcome)).toMatchObject({ code: 'invalid-welcome', rule: 'copath-mls-12.4.3.1-06' })
  })

  it('copath-mls-12.4.3.1-06: a path secret has its length, though what it begins with be right', () => {
    const eve = client(5)
    const { welcome } = alice.commit([eve.add()])
    const [own] = eve.keyPackages
    const decoded = decode(MLSMessage, welcome!)
    if (decoded.wireFormat !== 'mls_welcome') throw new Error(decoded.wireFormat)
    const { secrets, encryptedGroupInfo } = decoded.welcome
    const [{ newMember, encryptedGroupSecrets }] = secrets as [(typeof secrets)[number]]
    const opened = decode(
      GroupSecrets,
      suite.labels.decryptWithLabel(own!.initKeys, 'Welcome', encryptedGroupInfo, encryptedGroupSecrets),
    )
    const pathSecret = { pathSecret: concat(opened.pathSecret!.pathSecret, Uint8Array.of(0)) }
    const plaintext = encode(GroupSecrets, { ...opened, pathSecret })
    const { publicKey } = own!.initKeys
    const sealed = suite.labels.encryptWithLabel(publicKey, 'Welcome', encryptedGroupInfo, plaintext)
    const longer = { ...decoded.welcome, secrets: [{ newMember, encryptedGroupSecrets: sealed }] }
    const forged = encode(MLSMessage, { wireFormat: 'mls_welcome', welcome: longer })
    expect(refusedJoin(eve, forged)).toMatchObject({ code: 'wrong-path-secret', length: 33 })
    expect(eve.join(welcome!).memberCount).toBe(5)
  })

  it('copath-mls-12.4.3.1-07: the confirmation tag is right', () => {
    const confirmationTag = new Uint8Array(32)
    const why = join(forgeWelcome(alice, { confirmationTag }))
    expect(why).toMatchObject({ code: 'invalid-confirmation-tag', rule: 'copath-mls-12.4.3.1-07' })
  })

  it('copath-mls-12.4.3.1-08: the client is not in a group of that name', () => {
    const known = new Set([toHex(alice.groupId)])
    const { keyPackages, signer, config } = dave
    const isKnown = (groupId: Uint8Array): boolean => known.has(toHex(groupId))
    const request = { suite, welcome: forgeWelcome(alice, {}), keyPackages, signer, config, isKnown }
    expect(refusedBy(dave, () => Group.join(request))).toMatchObject({ rule: 'copath-mls-12.4.3.1-08' })
  })

  it('copath-mls-12.4.3.1-10: nobody is welcomed without the keys to go on with', () => {
    const eve = client(5)
    alice.commit([eve.add()])
    alice.accept()
    const welcome = forgeWelcome(alice, { joinerOf: eve })
    expect(refusedJoin(eve, welcome)).toMatchObject({
      code: 'invalid-welcome',
      rule: 'copath-mls-12.4.3.1-10',
    })
  })

  it('copath-mls-12.4.3-01: the group info is signed by the member that it names', () => {
    expect(join(forgeWelcome(alice, { signer: 1 }))).toMatchObject({ rule: 'copath-mls-12.4.3-01' })
    expect(join(forgeWelcome(alice, { signer: 99 }))).toMatchObject({ rule: 'copath-mls-12.4.3-01' })
  })

  it('copath-mls-13.4-01: no list of extensions has two of one type', () => {
    const one = { extensionType: CUSTOM_EXTENSION, extensionData: utf8('') }
    expect(join(forgeWelcome(alice, { info: { extensions: [one, one] } }))).toMatchObject({
      code: 'repeated-extension',
    })
  })
})

describe('RFC 9420 sections 11.2 and 11.3, groups that continue others', () => {
  const everybody = () => [...world.clients].slice(1)

  it('a group is reinitialized with another suite', () => {
    const groupId = utf8('the next one')
    world.commit(alice, [{ type: 'reinit', groupId, cipherSuite: 3 }])
    for (const group of world.groups) {
      expect(group.status).toBe('reinitialized')
      expect(refusedBy(group, () => group.encrypt(utf8('x')))).toMatchObject({ code: 'group-inactive' })
      expect(refusedBy(group, () => group.commit())).toMatchObject({ code: 'group-inactive' })
    }
    const next = provider.suite(3)
    const fresh = everybody().map(([before, { seed }]) => ({ before, client: new TestClient(next, seed) }))
    const keyPackages = fresh.map(entry => entry.client.keyPackage())
    const founder = new TestClient(next, 1)
    const { group, welcome } = alice.reinitialize({
      ...founder.description,
      suite: next,
      keyPackages,
      config: founder.config,
    })
    const joined = fresh.map(entry => entry.client.join(welcome, { previous: entry.before }))
    expectAgreement([group, ...joined])
    expect([group.epoch, toHex(group.groupId)]).toEqual([1n, toHex(groupId)])
  })

  it('copath-mls-11.2-01: all members go along', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const [[, one]] = everybody() as [[Group, TestClient]]
    const request = { ...client(1).description, suite, keyPackages: [one.keyPackage()], config: one.config }
    expect(refusedBy(alice, () => alice.reinitialize(request))).toMatchObject({ rule: 'copath-mls-11.2-01' })
  })

  it('copath-mls-11.2-03: the new group is what the ReInit says', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const members = everybody()
    const core = coreOf(alice)
    core.reinit = { ...core.reinit!, groupId: utf8('another') }
    const keyPackages = members.map(([, member]) => member.keyPackage())
    const { config, description } = client(1)
    const { welcome } = alice.reinitialize({ ...description, suite, keyPackages, config })
    const [before, member] = members[0]!
    expect(refusedJoin(member, welcome, { previous: before })).toMatchObject({ rule: 'copath-mls-11.2-03' })
    expect(refusedJoin(member, welcome)).toMatchObject({ code: 'unknown-psk' })
  })

  it('copath-mls-11.2-03: of the version that the ReInit says', () => {
    const reinit = { proposalType: 'reinit', groupId: utf8('n'), version: 2, cipherSuite: 1, extensions: [] } as const
    const message = forgeCommit(alice, { proposals: [reinit] })
    const [bob, carol] = everybody() as [[Group, TestClient], [Group, TestClient]]
    for (const [group] of [bob, carol]) expect(group.process(message)).toMatchObject({ changes: { reinit } })
    const keyPackages = [client(1), bob[1]].map(each => each.keyPackage())
    const request = { ...carol[1].description, suite, keyPackages, config: carol[1].config }
    const [group] = carol
    expect(refusedBy(group, () => group.reinitialize(request))).toMatchObject({ code: 'wrong-argument', version: 2 })
    // somebody who does so all the same
    const core = coreOf(group)
    core.reinit = { ...core.reinit!, version: 1 }
    const { welcome } = group.reinitialize(request)
    expect(refusedJoin(bob[1], welcome, { previous: bob[0] })).toMatchObject({ rule: 'copath-mls-11.2-03' })
  })

  it('copath-mls-11.2-05: a group that is to continue another is tied to it', () => {
    world.commit(alice, [{ type: 'reinit', groupId: utf8('n'), cipherSuite: 1 }])
    const [before, bob] = everybody()[0]!
    const impostor = client(66).create({ groupId: utf8('n') })
    const { welcome } = impostor.commit([bob.add()])
    impostor.accept()
    expect(refusedJoin(bob, welcome!, { previous: before })).toMatchObject({ rule: 'copath-mls-11.2-05' })
    expect(bob.join(welcome!).memberCount).toBe(2)
  })

  it('some members branch off', () => {
    const [before, bob] = everybody()[0]!
    const { config, description } = client(1)
    const { group, welcome } = alice.branch({ ...description, keyPackages: [bob.keyPackage()], config })
    const joined = bob.join(welcome, { previous: before })
    expectAgreement([group, joined])
    expect(group.memberCount).toBe(2)
    const message = group.encrypt(utf8('just us'))
    expect(joined.process(message)).toMatchObject({ kind: 'message', data: utf8('just us') })
  })

  it('copath-mls-11.3-01: a branch has no other members', () => {
    const { config, description } = client(1)
    const request = { ...description, keyPackages: [client(66).keyPackage()], config }
    expect(refusedBy(alice, () => alice.branch(request))).toMatchObject({ rule: 'copath-mls-11.3-01' })
  })

  /** A Welcome with a key of another group's, by an insider of both. */
  function tied(usage: 'reinit' | 'branch'): ReturnType<typeof refusedBy> {
    const previous = world.groups[1]!
    const core = coreOf(previous)
    const secret = core.resumption.at(previous.epoch)!
    const id = {
      psktype: 'resumption',
      usage,
      pskGroupId: previous.groupId,
      pskEpoch: previous.epoch,
      pskNonce: new Uint8Array(32),
    } as const
    const host = client(1).create()
    host.commit([])
    host.accept()
    host.commit([dave.add()], { path: false })
    host.accept()
    return join(forgeWelcome(host, { psks: [{ id, secret }] }), { previous })
  }

  it('copath-mls-11.2-04: nobody is taken into the continuation of a group without that group', () => {
    const [, bob] = everybody()[0]!
    const trusting = client(bob.seed, { preSharedKey: () => coreOf(alice).resumption.at(alice.epoch) })
    const { config, description } = client(1)
    const { welcome } = alice.branch({ ...description, keyPackages: [trusting.keyPackage()], config })
    const stranger = client(9).create()
    for (const more of [{}, { previous: stranger }]) {
      const why = refusedJoin(trusting, welcome, more)
      expect(why).toMatchObject({ class: 'RejectedError', code: 'unknown-psk', rule: 'copath-mls-11.2-04' })
    }
    expect(trusting.join(welcome, { previous: alice }).memberCount).toBe(2)
  })

  it('copath-mls-11.2-02: a reinitialized group is new', () => {
    expect(tied('reinit')).toMatchObject({ rule: 'copath-mls-11.2-02' })
  })

  it('copath-mls-11.3-02: a branch is new', () => {
    expect(tied('branch')).toMatchObject({ rule: 'copath-mls-11.3-02' })
  })

  it('copath-mls-11.3-03: a branch has the suite of the group that it is of', () => {
    const other = provider.suite(3)
    const [before, { seed }] = everybody()[0]!
    const joiner = new TestClient(other, seed)
    const founder = new TestClient(other, 1)
    const { welcome } = continueGroup(coreOf(alice), 'branch', {
      ...founder.description,
      suite: other,
      keyPackages: [joiner.keyPackage()],
      config: founder.config,
    })
    expect(refusedJoin(joiner, welcome, { previous: before })).toMatchObject({ rule: 'copath-mls-11.3-03' })
  })
})
