/** Groups that continue others (RFC 9420 sections 11.2 and 11.3), with members of ts-mls and ours, founded by either side. */
import { beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { CopathMember } from './copath.ts'
import { MixedGroup } from './mixed-group.ts'
import { type TsMlsMember, tsMlsMembers } from './ts-mls.ts'
import { loadTsMls, SUITE_NAMES, type Suite, type TsMls, type TsMlsInside, tsMlsIsInstalled } from './ts-mls-library.ts'

const suiteOfInterop = tsMlsIsInstalled ? describe : describe.skip
const GROUP = utf8('the next group')
type Make<M> = (identity: string) => Promise<M>

suiteOfInterop(tsMlsIsInstalled ? 'continuations' : 'continuations (not installed: npm ci --prefix peers)', () => {
  let library: TsMls
  let inside: TsMlsInside
  beforeAll(async () => {
    ;({ library, inside } = await loadTsMls())
  })

  function oursIn(suite: number): Make<CopathMember> {
    return async identity => new CopathMember(defaultProvider().suite(suite), identity, { handshake: 'public' })
  }

  /** Alice and Carol are ours, Bob and Dave theirs. */
  async function before() {
    const [ours, theirs] = [oursIn(1), await tsMlsMembers(1)]
    const group = new MixedGroup(
      async () => {
        throw new Error('this group chooses its members')
      },
      () => 0,
    )
    const alice = await ours('alice')
    await group.found(alice)
    const [bob, carol, dave] = [await theirs('bob'), await ours('carol'), await theirs('dave')]
    const joiners = [bob, carol, dave]
    const adds = await Promise.all(
      joiners.map(async member => ({ kind: 'add', keyPackage: await member.keyPackage() }) as const),
    )
    await group.commit(alice, adds, { joiners })
    return { group, alice, bob, carol, dave }
  }

  /** The same people once more, with new key packages. */
  async function again(ours: Make<CopathMember>, theirs: Make<TsMlsMember>) {
    return {
      alice: await ours('alice'),
      bob: await theirs('bob'),
      carol: await ours('carol'),
      dave: await theirs('dave'),
    }
  }

  type People = Awaited<ReturnType<typeof again>>

  /** They agree, talk, and go on. */
  async function goOn(next: People): Promise<void> {
    const group = new MixedGroup(oursIn(1), () => 0)
    group.members.push(next.alice, next.bob, next.carol, next.dave)
    await group.check()
    for (const committer of [next.bob, next.carol]) {
      await group.commit(committer)
      await group.check()
    }
  }

  const joinTheirs = async (
    old: TsMlsMember,
    now: TsMlsMember,
    welcome: Uint8Array,
    suite: Suite | undefined,
  ): Promise<void> => {
    const { publicPackage, privatePackage } = now.own
    const message = now.decode(welcome).welcome!
    now.state =
      suite === undefined
        ? await library.joinGroupFromReinit(old.state, message, publicPackage, privatePackage, undefined)
        : await library.joinGroupFromBranch(old.state, message, publicPackage, privatePackage, undefined, suite)
  }

  it('a branch that we found', async () => {
    const old = await before()
    const next = await again(oursIn(1), await tsMlsMembers(1))
    const keyPackages = await Promise.all([next.bob, next.carol, next.dave].map(member => member.keyPackage()))
    const { group, welcome } = old.alice.group.branch({
      ...next.alice.client,
      groupId: GROUP,
      keyPackages,
      config: next.alice.config,
    })
    next.alice.group = group
    await next.carol.join(welcome, { previous: old.carol.group })
    const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[1]!))
    await joinTheirs(old.bob, next.bob, welcome, suite)
    await joinTheirs(old.dave, next.dave, welcome, suite)
    await goOn(next)
    await old.group.check()
  })

  it('a branch that they found', async () => {
    const old = await before()
    const next = await again(oursIn(1), await tsMlsMembers(1))
    const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[1]!))
    const { publicPackage, privatePackage } = next.bob.own
    const others = await Promise.all([next.alice, next.carol, next.dave].map(member => member.keyPackage()))
    const keyPackages = others.map(bytes => next.bob.decode(bytes).keyPackage!)
    const made = await library.branchGroup(old.bob.state, publicPackage, privatePackage, keyPackages, GROUP, suite)
    next.bob.state = made.newState
    await welcomed(old, next, made, suite)
  })

  /** All but Bob join by what ts-mls has made; its Welcome carries no tree. */
  async function welcomed(
    old: People,
    next: People,
    made: Awaited<ReturnType<TsMls['branchGroup']>>,
    suite: Suite | undefined,
  ): Promise<void> {
    const welcome = next.bob.encode({ wireformat: 'mls_welcome', welcome: made.welcome! })
    const ratchetTree = inside.encodeTree(made.newState.ratchetTree)
    await next.alice.join(welcome, { previous: old.alice.group, ratchetTree })
    await next.carol.join(welcome, { previous: old.carol.group, ratchetTree })
    const { publicPackage, privatePackage } = next.dave.own
    const tree = made.newState.ratchetTree
    next.dave.state =
      suite === undefined
        ? await library.joinGroupFromReinit(old.dave.state, made.welcome!, publicPackage, privatePackage, tree)
        : await library.joinGroupFromBranch(old.dave.state, made.welcome!, publicPackage, privatePackage, tree, suite)
    await goOn(next)
  }

  it('a group that we end and found again, in another suite', async () => {
    const old = await before()
    const { group } = old.alice
    const { commit } = group.commit([{ type: 'reinit', groupId: GROUP, cipherSuite: 3 }])
    group.accept()
    await old.group.deliver(commit, old.alice)
    expect(new Set(old.group.members.map(member => member.authenticator())).size).toBe(1)
    expect(() => group.encrypt(utf8('too late'))).toThrow(expect.objectContaining({ code: 'group-inactive' }))
    const next = await again(oursIn(3), await tsMlsMembers(3))
    const keyPackages = await Promise.all([next.bob, next.carol, next.dave].map(member => member.keyPackage()))
    const suite = defaultProvider().suite(3)
    const founded = group.reinitialize({ ...next.alice.client, suite, keyPackages, config: next.alice.config })
    next.alice.group = founded.group
    await next.carol.join(founded.welcome, { previous: old.carol.group })
    await joinTheirs(old.bob, next.bob, founded.welcome, undefined)
    await joinTheirs(old.dave, next.dave, founded.welcome, undefined)
    await goOn(next)
  })

  it('a group that they end and found again, in another suite', async () => {
    const old = await before()
    const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE_NAMES[1]!))
    const name = SUITE_NAMES[3]!
    const ended = await library.reinitGroup(old.bob.state, GROUP, 'mls10', name, [], suite)
    old.bob.state = ended.newState
    await old.group.deliver(library.encodeMlsMessage(ended.commit), old.bob)
    expect(new Set(old.group.members.map(member => member.authenticator())).size).toBe(1)
    expect(old.alice.group.status).toBe('reinitialized')
    const next = await again(oursIn(3), await tsMlsMembers(3))
    const { publicPackage, privatePackage } = next.bob.own
    const others = await Promise.all([next.alice, next.carol, next.dave].map(member => member.keyPackage()))
    const keyPackages = others.map(bytes => next.bob.decode(bytes).keyPackage!)
    const made = await library.reinitCreateNewGroup(
      old.bob.state,
      publicPackage,
      privatePackage,
      keyPackages,
      GROUP,
      name,
      [],
    )
    next.bob.state = made.newState
    await welcomed(old, next, made, undefined)
  })
})
