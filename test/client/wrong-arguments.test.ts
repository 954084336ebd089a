/** Code without types may pass anything: the answer is a UsageError that names what is expected, and everything is as it was. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { Client, CopathError, compactSaved, Group, PublicGroup } from '../../src/index.ts'

/** With the kinds of values that a parameter accepts taken out, all of these are refused. */
const VALUES = {
  undefined: [undefined],
  null: [null],
  boolean: [true],
  number: [1, 300],
  noInteger: [0.5, Number.NaN, -1, 2 ** 53, Number.POSITIVE_INFINITY],
  string: ['', '1', 'words'],
  bigint: [5n],
  badBigint: [-5n, 2n ** 64n],
  symbol: [Symbol.iterator],
  function: [() => 1],
  array: [[]],
  badArray: [[undefined], [null], [0.5], ['x']],
  object: [{}, [], new Date(), new Uint8Array(5), new ArrayBuffer(4)],
  bytes: [new Uint8Array(5)],
} as const
type Kind = keyof typeof VALUES
type Call = (value: never) => unknown

const config = { clock: () => 1_500n }
const alice = new Client({ identity: 'alice', config })
const group = alice.createGroup()
const [bob, carol] = ['bob', 'carol'].map(identity => new Client({ identity, config })) as [Client, Client]
const { welcome } = group.add(bob.keyPackage())
group.accept()
bob.join(welcome!)
const added = carol.keyPackage()
const follower = PublicGroup.follow({ suite: alice.suite, groupInfo: group.groupInfo(), config })
const saved = alice.save()
const small = new Uint8Array(1)
const states = () => [alice, carol, group, follower].map(each => toHex(each.save()))
const describes = { credential: { credentialType: 'basic', identity: small }, keyPackages: [added] } as const
const changes = (name: string) => (value: never) => group.commit([], { changes: { [name]: value } })
const option = (name: string) => (value: never) => group.add(added, { [name]: value })
const request = (type: string, name: string, rest: object = {}) => {
  return (value: never) => group.propose({ type, ...rest, [name]: value } as never)
}
const client = (name: string) => (value: never) => new Client({ identity: 'dave', config, [name]: value })
const extension = (extensionType: unknown, extensionData: unknown) => [{ extensionType, extensionData }]

/** Each parameter, and the kinds of values that it takes, or refuses for other reasons. */
const CALLS: readonly (readonly [string, readonly Kind[], Call])[] = [
  ['new Client', ['object', 'array', 'badArray', 'bytes'], (value: never) => new Client(value)],
  ['identity', ['string', 'object'], client('identity')],
  ['suite', ['undefined', 'number'], client('suite')],
  ['provider', ['undefined'], client('provider')],
  ['signatureKey', ['undefined'], client('signatureKey')],
  ['config', ['undefined', 'object', 'array', 'badArray', 'bytes'], client('config')],
  ['capabilities', ['undefined', 'object', 'array', 'badArray', 'bytes'], client('capabilities')],
  [
    'a list of capabilities',
    ['array', 'object'],
    (value: never) => client('capabilities')({ proposals: value } as never),
  ],
  ['leafExtensions', ['undefined', 'array', 'object'], client('leafExtensions')],
  ['Client.load', ['bytes', 'object'], (value: never) => Client.load(value)],
  ['load options', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => Client.load(saved, value)],
  ['loadGroup', ['object', 'array', 'badArray', 'bytes'], (value: never) => alice.loadGroup(value)],
  ['a snapshot', ['undefined', 'bytes', 'object'], (snapshot: never) => alice.loadGroup({ snapshot })],
  ['deltas', ['undefined', 'string', 'array', 'object'], (deltas: never) => alice.loadGroup({ deltas })],
  ['compactSaved', ['object', 'array', 'badArray', 'bytes'], (value: never) => compactSaved(alice.suite, value)],
  ['keyPackage', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => dave().keyPackage(value)],
  ['lifetime', ['undefined'], (lifetime: never) => carol.keyPackage({ lifetime })],
  ['notBefore', ['bigint'], (notBefore: never) => dave().keyPackage({ lifetime: { notBefore, notAfter: 5n } })],
  ['lastResort', ['undefined', 'boolean'], (lastResort: never) => dave().keyPackage({ lastResort })],
  [
    'key package extensions',
    ['undefined', 'array', 'object'],
    (extensions: never) => dave().keyPackage({ extensions }),
  ],
  ['withdraw', ['bytes', 'object'], (value: never) => carol.withdraw(value)],
  ['withdrawExpired', ['undefined', 'bigint', 'badBigint'], (value: never) => dave().withdrawExpired(value)],
  ['createGroup', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => alice.createGroup(value)],
  ['groupId', ['undefined', 'bytes', 'object'], (groupId: never) => alice.createGroup({ groupId })],
  ['extensions', ['undefined', 'array', 'object'], (extensions: never) => alice.createGroup({ extensions })],
  ['join', ['bytes', 'object'], (value: never) => carol.join(value)],
  ['join options', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => bob.join(welcome!, value)],
  ['externalJoin', ['bytes', 'object'], (value: never) => carol.externalJoin(value)],
  ['resync', ['undefined', 'number'], (resync: never) => carol.externalJoin(group.groupInfo(), { resync })],
  ['isKnown', ['undefined', 'function'], (isKnown: never) => carol.externalJoin(group.groupInfo(), { isKnown })],
  [
    'selfRemoves',
    ['undefined', 'array', 'object'],
    (selfRemoves: never) => carol.externalJoin(group.groupInfo(), { selfRemoves }),
  ],
  [
    'a tree',
    ['undefined', 'bytes', 'object'],
    (ratchetTree: never) => carol.externalJoin(group.groupInfo({ ratchetTree: false }), { ratchetTree }),
  ],

  ['member', ['number'], (value: never) => group.member(value)],
  ['propose', [], (value: never) => group.propose(value)],
  ['a type', [], request('', 'type')],
  [
    'propose, authenticated data',
    ['undefined', 'bytes', 'object'],
    (value: never) => group.propose({ type: 'update' }, value),
  ],
  ['a leaf to remove', ['number'], request('remove', 'leaf')],
  ['a key package to add', ['bytes', 'object'], request('add', 'keyPackage')],
  ['pskId', ['bytes', 'object'], request('external_psk', 'pskId')],
  ['an epoch', ['undefined', 'bigint'], request('resumption_psk', 'epoch')],
  ['a group', ['undefined', 'bytes', 'object'], request('resumption_psk', 'groupId')],
  ['a suite', ['number'], request('reinit', 'cipherSuite', { groupId: small })],
  ['the next group', ['bytes', 'object'], request('reinit', 'groupId', { cipherSuite: 1 })],
  [
    'its extensions',
    ['undefined', 'array', 'object'],
    request('reinit', 'extensions', { groupId: small, cipherSuite: 1 }),
  ],
  ['group extensions', ['array', 'object'], request('extensions', 'extensions')],
  [
    'extensionType',
    ['number'],
    (value: never) => group.propose({ type: 'extensions', extensions: extension(value, small) as never }),
  ],
  [
    'extensionData',
    ['bytes', 'object'],
    (value: never) => group.propose({ type: 'extensions', extensions: extension(0xf0f0, value) as never }),
  ],
  ['proposalType', ['number'], request('custom', 'proposalType', { data: small })],
  ['data of a proposal', ['bytes', 'object'], request('custom', 'data', { proposalType: 0xf0f0 })],
  ['changes of a leaf', ['undefined', 'object', 'array', 'badArray', 'bytes'], request('update', 'changes')],
  ['a signer', ['undefined'], request('update', 'signer')],
  ['dropProposal', ['bytes', 'object'], (value: never) => group.dropProposal(value)],
  ['commit', ['undefined', 'array', 'object'], (value: never) => group.commit(value)],
  ['commit options', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => group.commit([], value)],
  ['add', ['array', 'bytes', 'object'], (value: never) => group.add(value)],
  ['remove', ['number', 'array', 'object'], (value: never) => group.remove(value)],
  ['update', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => group.update(value)],
  ['path', ['undefined', 'boolean'], option('path')],
  ['proposals', ['undefined', 'boolean'], option('proposals')],
  ['ratchetTree', ['undefined'], option('ratchetTree')],
  ['authenticatedData', ['undefined', 'bytes', 'object'], option('authenticatedData')],
  ['groupInfoExtensions', ['undefined', 'array', 'object'], option('groupInfoExtensions')],
  ['signer', ['undefined'], option('signer')],
  ['credential', ['undefined'], changes('credential')],
  ['capabilities of a leaf', ['undefined'], changes('capabilities')],
  ['extensions of a leaf', ['undefined', 'array', 'object'], changes('extensions')],
  ['process', ['bytes', 'object'], (value: never) => group.process(value)],
  ['encrypt', ['bytes', 'object'], (value: never) => group.encrypt(value)],
  ['authenticated data', ['undefined', 'bytes', 'object'], (value: never) => group.encrypt(small, value)],
  ['label', ['string'], (value: never) => group.exportSecret(value, small, 16)],
  ['context', ['bytes', 'object'], (value: never) => group.exportSecret('label', value, 16)],
  ['length', ['number'], (value: never) => group.exportSecret('label', small, value)],
  ['groupInfo', ['undefined', 'object', 'array', 'badArray', 'bytes'], (value: never) => group.groupInfo(value)],
  ['externalPub', ['undefined', 'boolean'], (externalPub: never) => group.groupInfo({ externalPub })],
  ['group info extensions', ['undefined', 'array', 'object'], (extensions: never) => group.groupInfo({ extensions })],
  ['branch', [], (value: never) => group.branch(value)],
  ['a signer of a branch', [], (signer: never) => group.branch({ ...describes, signer })],
  ['reinitialize', [], (value: never) => group.reinitialize(value)],

  ['follow', [], (value: never) => PublicGroup.follow(value)],
  ['PublicGroup.load', [], (value: never) => PublicGroup.load(value)],
  ['a saved follower', ['bytes', 'object'], (value: never) => PublicGroup.load({ suite: alice.suite, saved: value })],
  ['member of a followed group', ['number'], (value: never) => follower.member(value)],
  ['check', ['bytes', 'object'], (value: never) => follower.check(value)],
  ['a followed message', ['bytes', 'object'], (value: never) => follower.process(value)],
  ['checkKeyPackages', ['array', 'object'], (value: never) => follower.checkKeyPackages(value)],
]

function dave(): Client {
  return new Client({ identity: 'dave', config })
}

/** What is thrown; undefined where nothing is. */
function thrownBy(call: Call, value: unknown): unknown {
  try {
    call(value as never)
    return undefined
  } catch (error) {
    return error
  }
}

describe('what a parameter does not take is refused, and nothing has changed', () => {
  it.each(CALLS)('%s', (_, taken, call) => {
    const before = states()
    for (const kind of Object.keys(VALUES) as Kind[]) {
      // null stands for nothing where there may be nothing
      if (taken.includes(kind) || (kind === 'null' && taken.includes('undefined'))) continue
      for (const value of VALUES[kind]) {
        const error = thrownBy(call, value)
        expect(error, `${kind} ${String(value)}`).toMatchObject({ name: 'UsageError' })
      }
    }
    expect(states()).toEqual(before)
  })
})

describe('what a parameter takes at least in form is taken or refused with a reason', () => {
  it.each(CALLS)('%s', (_, taken, call) => {
    for (const value of [null, ...taken.flatMap(kind => VALUES[kind] as readonly unknown[])]) {
      const error = thrownBy(call, value)
      if (error !== undefined) expect(error, String(value)).toBeInstanceOf(CopathError)
      if (group.isPending) group.reject()
      // whatever came of it can be saved
      expect(states()).toHaveLength(4)
    }
  })
})

it('a member is asked for by its leaf: undefined where there is none', () => {
  expect(group.member(0)?.leaf).toBe(0)
  expect([2, 300, 2 ** 32 - 1].map(leaf => group.member(leaf))).toEqual([undefined, undefined, undefined])
  for (const make of [Group.create, Group.join, Group.externalJoin, Group.load]) {
    expect(thrownBy(make, undefined)).toMatchObject({ code: 'wrong-argument' })
  }
})
