/** Sections 11.2, 11.3 and 12.4.3.1: Welcomes that are against the rules, and groups that continue others. */
import { beforeEach, describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { ExternalSenders } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { GroupSecrets } from '../../src/mls/welcome.ts'
import { coreOf } from './forge-commit.ts'
import { type Forgery, forgeWelcome as forge, refusedJoin } from './forge-welcome.ts'
import { CUSTOM_EXTENSION, seededProvider, TestClient, TestGroup } from './group-world.ts'
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

/** A Welcome for Dave, who is in the tree already. */
const forgeWelcome = (group: Group, forgery: Partial<Forgery>): Uint8Array => forge(group, { joiner: dave, ...forgery })

/** Dave is in the tree, and may be welcomed: nobody above him has a key that he would need. */
function addDave(): void {
  alice.commit([dave.add()], { path: false })
  alice.accept()
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
    const welcome = forgeWelcome(alice, { joiner: eve })
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

  it('copath-mls-5.3.1-05: the authentication service accepts the members, and copath-mls-5.3.1-03: the external senders', () => {
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
    const welcome = forgeWelcome(alice, { joiner: eve })
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
