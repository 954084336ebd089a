/** RFC 9420 groups of up to 100,000 members: founding, joining, commits, changes of one member, messages; ts-mls beside us where it can follow. */
import { equalPublic, utf8 } from '../src/base/bytes.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import type { CipherSuite } from '../src/crypto/suites.ts'
import { Epoch } from '../src/mls/epoch.ts'
import { epochContext, readContextExtensions } from '../src/mls/epoch-context.ts'
import { Group } from '../src/mls/group.ts'
import { defaultLifetime, settingsOf } from '../src/mls/group-config.ts'
import { GroupCore } from '../src/mls/group-core.ts'
import { receive } from '../src/mls/group-receive.ts'
import { commit, encrypt } from '../src/mls/group-send.ts'
import { type ClientDescription, createKeyPackage, type OwnKeyPackage } from '../src/mls/key-package-create.ts'
import { createFirstEpoch } from '../src/mls/key-schedule.ts'
import type { ProposalRequest } from '../src/mls/proposal-request.ts'
import type { LeafIndex } from '../src/tree/math.ts'
import { Book } from './book.ts'
import { GROUP_ID, TreeFixture } from './fixtures/trees.ts'
import type { Measurement } from './harness.ts'

const SCENARIO = 'group'
const ONE_KIBIBYTE = new Uint8Array(1024).fill(7)
const NOTHING = new Uint8Array(0)

/** Goals of the issue in milliseconds for relaxed SIMD; without it they are twice that. */
interface Goals {
  readonly [operation: string]: number
}
const GOALS: Readonly<Record<number, Goals>> = {
  10000: { 'first commit, blank parents: create': 800, 'first commit, blank parents: process': 10 },
  100000: {
    'found: one commit adds all': 20_000,
    'join by the Welcome': 3000,
    'commit: create': 6,
    'commit: process': 4,
    'add one: create': 6,
    'add one: process': 4,
    'remove one: create': 6,
    'remove one: process': 4,
  },
}
const MESSAGE_GOALS: Goals = { 'message of 1 KiB: encrypt': 0.09, 'message of 1 KiB: decrypt': 0.13 }

function timed<T>(body: () => T): { readonly ms: number; readonly value: T } {
  const start = performance.now()
  const value = body()
  return { ms: performance.now() - start, value }
}

function clientOf(suite: CipherSuite, identity: string): ClientDescription {
  const seed = new Uint8Array(suite.signature.privateKeyLength)
  suite.random(seed)
  return { signer: suite.signature.signer(seed), credential: { credentialType: 'basic', identity: utf8(identity) } }
}

interface Newcomer {
  readonly client: ClientDescription
  readonly own: OwnKeyPackage
}

function newcomer(suite: CipherSuite, identity: string): Newcomer {
  const client = clientOf(suite, identity)
  const lifetime = defaultLifetime(BigInt(Math.floor(Date.now() / 1000)))
  return { client, own: createKeyPackage(suite, { ...client, lifetime }) }
}

function expectSame(groups: readonly Group[]): void {
  const [first, ...others] = groups.map(group => group.epochAuthenticator())
  if (!others.every(other => equalPublic(other, first!))) throw new Error('the members do not agree')
}

/** One member adds everybody else at once; one of them joins, and commits for the first time. */
function founding(book: Book, suite: CipherSuite, members: number, say: (what: string) => void): void {
  say(`${members} key packages`)
  const newcomers = Array.from({ length: members - 1 }, (_, i) => newcomer(suite, `member ${i}`))
  const requests = newcomers.map(({ own }): ProposalRequest => ({ type: 'add', keyPackage: own.encoded }))
  const founder = Group.create({ ...clientOf(suite, 'founder'), suite })
  say(`one commit adds ${members - 1}`)
  const founded = timed(() => {
    const { welcome } = founder.commit(requests)
    founder.accept()
    return welcome!
  })
  book.time('found: one commit adds all', members, [founded.ms])
  say('joining')
  const join = ({ client, own }: Newcomer): Group =>
    Group.join({ suite, welcome: founded.value, keyPackages: [own], signer: client.signer })
  // the neighbour of the founder: nearly everybody is below a blank node of its copath
  const joined = timed(() => join(newcomers[0]!))
  book.time('join by the Welcome', members, [joined.ms])
  expectSame([founder, joined.value])
  say('the first commit after it')
  const created = timed(() => {
    const message = joined.value.commit().commit
    joined.value.accept()
    return message
  })
  const processed = timed(() => founder.process(created.value))
  expectSame([founder, joined.value])
  book.time('first commit, blank parents: create', members, [created.ms])
  book.time('first commit, blank parents: process', members, [processed.ms])
}

/** Two members of a group in which every node has a key. */
function twoMembers(suite: CipherSuite, members: number): [GroupCore, GroupCore] {
  const settings = settingsOf({})
  const secrets = createFirstEpoch(suite)
  const core = (leaf: number): GroupCore => {
    const fixture = new TreeFixture(suite, members, 'full')
    const { tree } = fixture
    const context = epochContext(readContextExtensions(suite.id, []), {
      groupId: GROUP_ID,
      epoch: 1n,
      treeHash: tree.stage().treeHash(),
      confirmedTranscriptHash: new Uint8Array(32),
    })
    const own = Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.clone()]))
    const parts = {
      context,
      secrets: own as unknown as typeof secrets,
      interimTranscriptHash: new Uint8Array(32),
      confirmationTag: new Uint8Array(32),
      leaves: tree.leafCount,
    }
    return new GroupCore({
      ...{ suite, settings, tree, leaf: leaf as LeafIndex },
      held: fixture.heldBy(leaf),
      epoch: new Epoch(suite, parts, settings.ratchetLimits),
      signer: fixture.signerOf(leaf),
    })
  }
  return [core(0), core(members - 1)]
}

/** The milliseconds of making and of processing a commit that does `requests`. */
function commitOnce(
  from: GroupCore,
  to: GroupCore,
  requests: readonly ProposalRequest[],
): { create: number; process: number } {
  // in a large group newcomers have the tree from the delivery service, not from each Welcome
  const create = timed(() => commit(from, requests, { ratchetTree: 'omitted' }).commit)
  from.take(from.pending!.created.transition, { own: true, external: false })
  const process = timed(() => receive(to, create.value))
  const [a, b] = [from, to].map(core => core.epoch.secrets.epochAuthenticator.bytes)
  if (!equalPublic(a!, b!)) throw new Error('the members do not agree')
  return { create: create.ms, process: process.ms }
}

/** A group at work: every node has a key. */
function atWork(book: Book, suite: CipherSuite, members: number, rounds: number): void {
  const [a, b] = twoMembers(suite, members)
  const runs: Record<string, { create: number[]; process: number[] }> = {}
  const note = (what: string, { create, process }: { create: number; process: number }): void => {
    runs[what] ??= { create: [], process: [] }
    runs[what].create.push(create)
    runs[what].process.push(process)
  }
  for (let round = 0; round < rounds; round++) {
    note('commit', round % 2 === 0 ? commitOnce(a, b, []) : commitOnce(b, a, []))
    const { own } = newcomer(suite, `newcomer ${round}`)
    note('add one', commitOnce(a, b, [{ type: 'add', keyPackage: own.encoded }]))
    const added = a.tree.store.lastLeaf()!
    note('remove one', commitOnce(a, b, [{ type: 'remove', leaf: added === b.leaf ? added - 1 : added }]))
  }
  for (const [what, { create, process }] of Object.entries(runs)) {
    // the first rounds run in code that the engine has not optimised
    book.time(`${what}: create`, members, create.slice(Math.min(3, rounds - 1)))
    book.time(`${what}: process`, members, process.slice(Math.min(3, rounds - 1)))
  }
  const encrypted: number[] = []
  const decrypted: number[] = []
  for (let i = 0; i < 100 * rounds; i++) {
    const message = timed(() => encrypt(a, ONE_KIBIBYTE, NOTHING))
    const read = timed(() => receive(b, message.value))
    if (read.value.kind !== 'message' || !equalPublic(read.value.data, ONE_KIBIBYTE)) throw new Error('not the message')
    encrypted.push(message.ms)
    decrypted.push(read.ms)
  }
  book.time('message of 1 KiB: encrypt', members, encrypted.slice(50))
  book.time('message of 1 KiB: decrypt', members, decrypted.slice(50))
}

function holdGoals(book: Book, members: number, factor: number): void {
  const goals = { ...(GOALS[members] ?? {}), ...MESSAGE_GOALS }
  for (const [operation, goal] of Object.entries(goals)) {
    const result = book.results.find(r => r.operation === operation && r.members === members)
    if (result !== undefined)
      book.atMostMs(`${operation}, ${members.toLocaleString('en')}`, goal * factor, result.medianMs)
  }
}

/** Measures at each size; `say` tells what is being done. */
export function measureGroups(sizes: readonly number[], rounds: number, say: (what: string) => void): Measurement {
  const provider = defaultProvider()
  const suite = provider.suite(1)
  const fused = provider.choices().some(({ primitive, detail }) => primitive === 'x25519' && detail.includes('fused'))
  const book = new Book(SCENARIO)
  // nothing is optimised before it has run for a while
  founding(new Book(SCENARIO), suite, 300, () => undefined)
  atWork(new Book(SCENARIO), suite, 300, 30)
  for (const members of sizes) {
    founding(book, suite, members, say)
    say(`a group of ${members} at work`)
    atWork(book, suite, members, rounds)
    holdGoals(book, members, fused ? 1 : 2)
  }
  return book
}
