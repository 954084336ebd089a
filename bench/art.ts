/** ART: what an update costs beside the X25519 calls that it cannot do without, counted before it is timed. */
import { createArtSuite, type Invitee, Member, type Party, PreKeys } from '../src/art/index.ts'
import { processSetup, setupGroup } from '../src/art/setup.ts'
import { DEFAULT_POLICY, type GroupState, type Policy } from '../src/art/state.ts'
import { composeUpdate, stageUpdate } from '../src/art/update.ts'
import { ArtPacket, type Update } from '../src/art/wire.ts'
import { ByteList } from '../src/base/byte-list.ts'
import { equalPublic, utf8 } from '../src/base/bytes.ts'
import { randomBytes } from '../src/base/random.ts'
import { encode } from '../src/codec/codec.ts'
import { countOperations, type OperationCounts } from '../src/crypto/counting.ts'
import { createProvider, type DiffieHellman } from '../src/crypto/index.ts'
import { depth, leafIndex, nodeOfLeaf } from '../src/tree/math.ts'
import type { Operation, Subject } from './harness.ts'

const OURS = 'copath'
const BARE = 'X25519 alone'
const SCENARIO = 'art'
const GROUP_ID = utf8('benchmark')
const KEY = 32
/** What the specification asks for: the time of an update against that of its own multiplications. */
const GOAL = 1.3

const provider = createProvider()
const suite = createArtSuite(provider)
const counting = countOperations(provider)
const countedSuite = createArtSuite(counting)

/** A group as three of its members see it. */
interface Fixture {
  readonly sender: GroupState
  /** Shares all of the sender's path: the most work a receiver can have. */
  readonly near: GroupState
  /** Shares the root only: the least work, which about half of all members have. */
  readonly far: GroupState
}

function newParty(name: string): Party {
  const member = Member.generate(suite, utf8(name))
  return { suite, member, prekeys: new PreKeys(suite), authenticate: () => true }
}

function inviteeOf({ member, prekeys }: Party): Invitee {
  return { identity: member.identity, prekey: prekeys.publish(member.signer, 1)[0]! }
}

/** The initiator and two others exist in full; the rest share their keys, because making keys is not what is measured. */
function fixtureOf(members: number, policy: Policy): Fixture {
  const [sender, near, far] = [newParty('member 0'), newParty('member 1'), newParty(`member ${members - 1}`)]
  const { identity, prekey } = inviteeOf(newParty('others'))
  const invitees = Array.from({ length: members - 1 }, (_, i): Invitee => {
    if (i === 0) return inviteeOf(near)
    return i === members - 2 ? inviteeOf(far) : { identity: { ...identity, id: utf8(`member ${i + 1}`) }, prekey }
  })
  const { state, setup } = setupGroup(sender, { groupId: GROUP_ID, policy }, invitees)
  return { sender: state, near: processSetup(near, policy, setup), far: processSetup(far, policy, setup) }
}

const counted = (state: GroupState): GroupState => ({ ...state, suite: countedSuite })

function expectCounts(what: string, { dh, base }: OperationCounts, expected: { dh: number; base: number }): void {
  if (dh !== expected.dh || base !== expected.base) {
    throw new Error(`${what}: ${dh} + ${base} multiplications instead of ${expected.dh} + ${expected.base}`)
  }
}

/** The same number of multiplications and nothing else: one after the other where each needs the one before. */
function bareCalls({ dh, base }: { dh: number; base: number }): Subject {
  const x25519: DiffieHellman = provider.primitive('x25519')
  const secrets = randomBytes(provider.random, KEY * Math.max(dh, base))
  const publicKeys = x25519.publicKeyMany(ByteList.fixed(secrets, KEY))
  const at = (bytes: Uint8Array, i: number): Uint8Array => bytes.subarray(KEY * i, KEY * (i + 1))
  return {
    name: BARE,
    run() {
      for (let i = 0; i < dh; i++) x25519.shared(at(secrets, i), at(publicKeys, i))
      return x25519.publicKeyMany(ByteList.fixed(secrets.subarray(0, KEY * base), KEY)).length
    },
  }
}

/** Creating an update, and processing it at both ends of the range. */
function updates(members: number, authentication: Policy['authentication']): Operation[] {
  const fixture = fixtureOf(members, { ...DEFAULT_POLICY, authentication, kx: 'one_dh' })
  const { sender, near, far } = fixture
  const d = depth(nodeOfLeaf(leafIndex(0, sender.tree.leaves)), sender.tree.leaves)
  const secret = randomBytes(provider.random, KEY)
  const { update, advance } = composeUpdate(sender, 0, secret)
  const packet = encode(ArtPacket, { type: 'update', update })
  const row = { scenario: SCENARIO, members }
  const receiving = (name: string, state: GroupState, cost: { dh: number; base: number }): Operation => ({
    ...row,
    name: `process an update, ${authentication}, ${name}`,
    subjects: [
      { name: OURS, run: () => stagedConfirmation(state, update), bytes: packet.length, counts: cost },
      bareCalls(cost),
    ],
    goals: cost.dh > 1 ? [{ subject: OURS, against: BARE, atMost: GOAL }] : [],
    verify(result, subject) {
      if (subject !== OURS) return
      if (!(result instanceof Uint8Array) || !equalPublic(result, advance.confirmation)) {
        throw new Error('the receiver derives another stage key')
      }
      const counts = counting.during(() => stagedConfirmation(counted(state), update))
      expectCounts(name, counts, cost)
    },
  })
  const creation = { dh: d, base: d }
  return [
    {
      ...row,
      name: `create an update, ${authentication}`,
      subjects: [
        {
          ...{ name: OURS, bytes: packet.length, counts: creation },
          run: () => composeUpdate(sender, 0, secret).advance.discard(),
        },
        bareCalls(creation),
      ],
      goals: [{ subject: OURS, against: BARE, atMost: GOAL }],
      verify(_, subject) {
        if (subject !== OURS) return
        const counts = counting.during(() => composeUpdate(counted(sender), 0, secret).advance.discard())
        expectCounts('create', counts, creation)
      },
    },
    receiving('nearest member', near, { dh: d, base: d - 1 }),
    receiving('farthest member', far, { dh: 1, base: 0 }),
  ]
}

/** Processes an update without installing it, so that it can be done again. */
function stagedConfirmation(state: GroupState, update: Update): Uint8Array {
  const advance = stageUpdate(state, update)
  try {
    return advance.confirmation
  } finally {
    advance.discard()
  }
}

export function artOperations(sizes: readonly number[]): Operation[] {
  return sizes.flatMap(size => [...updates(size, 'signed'), ...updates(size, 'mac-only')])
}
