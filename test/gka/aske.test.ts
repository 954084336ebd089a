/** ASKE by itself: session ids, confirmations, altered values. */
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { countOperations } from '../../src/crypto/counting.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { AskeMember, createGkaSuite, historicalSessionId, type SessionLists, sessionId } from '../../src/gka/index.ts'
import { names, seededRandom, seededSuite } from './world.ts'

const suite = seededSuite('aske')
const identities = new Map(
  [...names(6), 'x', 'y'].map(id => {
    const seed = new Uint8Array(32)
    suite.random(seed)
    return [id, suite.signature.signer(seed)]
  }),
)
const directory = (id: string) => identities.get(id)?.publicKey
const some = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)

/** Runs an upflow that `sent` begins, and the way down. */
function climb(members: readonly AskeMember[], sent: SessionLists, initiator: AskeMember): SessionLists {
  let lists = sent
  for (const member of members) {
    if (member.members.length === 0) lists = member.joinUpflow(lists)
    else if (member !== initiator) member.observeUpflow(sent, initiator.id)
  }
  for (const member of members) if (!member.ready) member.receive(lists, undefined)
  return lists
}

function session(n: number): AskeMember[] {
  const members = names(n).map(id => new AskeMember(suite, id))
  climb(members, members[0]!.start(names(n).slice(1)), members[0]!)
  return members
}

/** Everybody confirms to everybody; all must be content. */
function expectConfirmed(members: readonly AskeMember[]): string {
  const sids = new Set(members.map(({ sid }) => toHex(sid)))
  expect(sids.size).toBe(1)
  for (const from of members) {
    const signature = from.acknowledge(identities.get(from.id)!)
    for (const member of members) member.checkAcknowledgement(from.id, signature, { directory })
  }
  return [...sids][0]!
}

function expectRefused(member: AskeMember, code: string, attempt: () => unknown): void {
  const before = structuredClone(member.state())
  expect(attempt).toThrow(expect.objectContaining({ code }))
  expect(member.state()).toEqual(before)
}

describe('sessions', () => {
  it.each([2, 3, 4, 6])('E089: %i members, one included, two included, some excluded: one id, confirmed by all', n => {
    const members = session(n)
    const seen = [expectConfirmed(members)]
    const x = new AskeMember(suite, 'x')
    climb([...members, x], members[1]!.include(['x']), members[1]!)
    seen.push(expectConfirmed([...members, x]))
    const down = x.exclude(['member 0'])
    const left = [...members.slice(1), x]
    for (const member of left) if (member !== x) member.receive(down, 'x')
    seen.push(expectConfirmed(left))
    expect(new Set(seen).size).toBe(3)
  })

  it('E090: the same members twice are not the same session, because the initiator takes another nonce', () => {
    const members = session(3)
    const [alice, bob] = members as [AskeMember, AskeMember]
    const nonces = bob.lists.nonces.map(toHex)
    const seen = new Set([expectConfirmed(members)])
    for (let i = 0; i < 3; i++) {
      const x = new AskeMember(suite, 'x')
      climb([...members, x], alice.include(['x']), alice)
      expect(toHex(alice.lists.nonces[0]!)).not.toBe(nonces[0])
      expect(alice.lists.nonces.slice(1, 3).map(toHex)).toEqual(nonces.slice(1))
      expectConfirmed([...members, x])
      const down = alice.exclude(['x'])
      for (const member of members.slice(1)) member.receive(down, alice.id)
      seen.add(expectConfirmed(members))
    }
    expect(seen.size).toBe(4)
  })

  it('E089: the id of the document is the same for {"ab", "c"} and {"a", "bc"}; this one is not', () => {
    const nonces = [some(1), some(2)]
    const one = { members: ['ab', 'c'], nonces }
    const other = { members: ['a', 'bc'], nonces }
    expect(toHex(historicalSessionId(suite, one))).toBe(toHex(historicalSessionId(suite, other)))
    expect(toHex(sessionId(suite, one))).not.toBe(toHex(sessionId(suite, other)))
  })

  it('E089: the id does not depend on the order of members, but on who has which nonce', () => {
    const [a, b] = [some(1), some(2)]
    const sid = toHex(sessionId(suite, { members: ['a', 'b'], nonces: [a, b] }))
    expect(toHex(sessionId(suite, { members: ['b', 'a'], nonces: [b, a] }))).toBe(sid)
    expect(toHex(sessionId(suite, { members: ['b', 'a'], nonces: [a, b] }))).not.toBe(sid)
  })

  it('E089: a member signs once and verifies each of the others once', () => {
    const counting = countOperations(createProvider({ random: seededRandom('counted') }))
    const counted = createGkaSuite(counting)
    const n = 5
    const members = names(n).map(id => new AskeMember(counted, id))
    const agreeing = counting.during(() => climb(members, members[0]!.start(names(n).slice(1)), members[0]!))
    expect(agreeing).toMatchObject({ dh: 0, sign: 0, verify: 0, hash: n })
    expect(counting.during(() => expectConfirmed(members))).toMatchObject({ verify: n * n })
  })
})

describe('altered values', () => {
  it('E091: the own nonce or key replaced on the way, at every member', () => {
    const n = 4
    const members = names(n).map(id => new AskeMember(suite, id))
    let lists = members[0]!.start(names(n).slice(1))
    for (const member of members.slice(1)) lists = member.joinUpflow(lists)
    for (const [i, member] of members.slice(0, -1).entries()) {
      for (const field of ['nonces', 'keys'] as const) {
        const altered = { ...lists, [field]: lists[field].with(i, some(9)) }
        expectRefused(member, 'own-values-altered', () => member.receive(altered, undefined))
        if (i > 0) {
          const before = { ...lists, [field]: lists[field].with(0, some(9)) }
          expectRefused(member, 'altered-values', () => member.receive(before, undefined))
        }
      }
      member.receive(lists, undefined)
    }
    expectConfirmed(members)
  })

  it('a value that a member has not seen before shows in the id or in the confirmation of its owner', () => {
    const members = names(3).map(id => new AskeMember(suite, id))
    let lists = members[0]!.start(names(3).slice(1))
    for (const member of members.slice(1)) lists = member.joinUpflow(lists)
    const [alice, bob, carol] = members as [AskeMember, AskeMember, AskeMember]
    // to Alice, the keys of Bob are another's; the ids are equal, for they do not cover keys
    alice.receive({ ...lists, keys: lists.keys.with(1, some(9)) }, undefined)
    bob.receive(lists, undefined)
    expect(toHex(alice.sid)).toBe(toHex(bob.sid))
    const signature = bob.acknowledge(identities.get(bob.id)!)
    expectRefused(alice, 'invalid-session-signature', () =>
      alice.checkAcknowledgement(bob.id, signature, { directory }),
    )
    carol.checkAcknowledgement(bob.id, signature, { directory })
  })

  it('confirmations of another session, another member or another key, and of unknown people', () => {
    const members = session(3)
    const other = session(3)
    const [alice, bob] = members as [AskeMember, AskeMember]
    const check = (from: string, signature: Uint8Array) => () =>
      alice.checkAcknowledgement(from, signature, { directory })
    const right = bob.acknowledge(identities.get(bob.id)!)
    check(bob.id, right)()
    expectRefused(alice, 'invalid-session-signature', check('member 2', right))
    expectRefused(alice, 'invalid-session-signature', check(bob.id, other[1]!.acknowledge(identities.get(bob.id)!)))
    expectRefused(alice, 'invalid-session-signature', check(bob.id, bob.acknowledge(identities.get('x')!)))
    expectRefused(alice, 'invalid-session-signature', check(bob.id, right.with(5, right[5]! ^ 1)))
    expectRefused(alice, 'unknown-sender', check('x', right))
    expectRefused(alice, 'unknown-identity', () =>
      alice.checkAcknowledgement(bob.id, right, { directory: () => undefined }),
    )
  })

  it('E092: what members sign binds the group key only where they confirm it', () => {
    const [alice, bob] = session(2) as [AskeMember, AskeMember]
    const [mine, theirs] = [some(1), some(2)]
    const signature = bob.acknowledge(identities.get(bob.id)!, theirs)
    alice.checkAcknowledgement(bob.id, signature, { directory, confirmation: theirs })
    expect(() => alice.checkAcknowledgement(bob.id, signature, { directory, confirmation: mine })).toThrow(
      expect.objectContaining({ code: 'invalid-session-signature' }),
    )
  })
})

it('lists of wrong lengths and impossible members change nothing', () => {
  const [alice, bob] = session(3) as [AskeMember, AskeMember]
  const { members, nonces, keys } = bob.lists
  const receive = (lists: SessionLists) => () => alice.receive(lists, undefined)
  expectRefused(alice, 'inconsistent-lengths', receive({ members, nonces: nonces.slice(1), keys }))
  expectRefused(alice, 'inconsistent-lengths', receive({ members, nonces, keys: keys.slice(1) }))
  expectRefused(alice, 'inconsistent-lengths', receive({ members, nonces: nonces.with(1, new Uint8Array(31)), keys }))
  expectRefused(alice, 'not-a-member', receive({ members: ['a', 'b', 'c'], nonces, keys }))
  expectRefused(alice, 'wrong-member-list', receive({ members: members.toReversed(), nonces, keys }))
  expectRefused(alice, 'duplicate-member', receive({ members: ['member 0', 'x', 'x'], nonces, keys }))
  const x = new AskeMember(suite, 'x')
  const join = (lists: SessionLists) => () => x.joinUpflow(lists)
  expectRefused(x, 'not-a-member', join({ members, nonces, keys }))
  expectRefused(x, 'inconsistent-lengths', join({ members: [...members, 'x'], nonces: nonces.slice(1), keys }))
  expectRefused(x, 'inconsistent-lengths', join({ members: ['x', ...members], nonces: [], keys: [] }))
  expectRefused(x, 'inconsistent-lengths', () => x.observeUpflow({ members, nonces, keys }, 'member 0'))
  expect(x.ready).toBe(false)
  expect(() => x.sid).toThrow(expect.objectContaining({ code: 'not-in-session' }))
  expect(() => alice.start(['y'])).toThrow(expect.objectContaining({ code: 'operation-running' }))
})

it('a wiped member signs nothing', () => {
  const [alice] = session(2) as [AskeMember]
  const { seed } = alice.state()
  alice.wipe()
  expect(seed.every(byte => byte === 0)).toBe(true)
  expect(() => alice.sign(some(1))).toThrow(expect.objectContaining({ code: 'wiped-secret' }))
})
