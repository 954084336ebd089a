/** Every library beside us is driven through one small adapter. Each founds, joins a group of ours whose tree is full, and follows what it can. */
import { describe, expect, it } from 'vitest'
import { CONFIG, CopathMember, clientOf, copathSubject } from '../../bench/subjects/copath.ts'
import type { GroupMember, GroupSubject, Newcomer } from '../../bench/subjects/group-subject.ts'
import { PEERS } from '../../bench/subjects/peers/index.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { Group } from '../../src/mls/group.ts'
import { cores } from '../../src/mls/group-core.ts'

const TEXT = utf8('between two members')

async function expectSame(...members: readonly GroupMember[]): Promise<string> {
  const secrets = await Promise.all(members.map(async member => toHex(await member.epochAuthenticator())))
  expect(new Set(secrets).size).toBe(1)
  return secrets[0]!
}

async function talk(from: GroupMember, to: GroupMember): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const message = await from.encrypt(TEXT)
    expect(toHex(message)).not.toContain(toHex(TEXT))
    expect(toHex(await to.decrypt(message))).toBe(toHex(TEXT))
  }
}

const keyPackagesOf = (newcomers: readonly Newcomer[]): Uint8Array[] => newcomers.map(({ keyPackage }) => keyPackage)

/** Our group of five; two newcomers of a library are added by one Welcome. */
async function invite(suite: number, newcomers: readonly Newcomer[], handshake: 'public' | 'private') {
  const ours = copathSubject(defaultProvider(), 'here')
  const own = defaultProvider().suite(suite)
  const config = { ...CONFIG, handshake } as const
  const founder = new CopathMember(Group.create({ ...clientOf(own, 'founder'), suite: own, config }))
  const others = await Promise.all(['a', 'b', 'c', 'd'].map(name => ours.newcomer(suite, name)))
  founder.commit({ kind: 'add', keyPackages: keyPackagesOf(others) }, 'omitted')
  const { welcome } = founder.commit({ kind: 'add', keyPackages: keyPackagesOf(newcomers) }, 'inside')
  // some take it from the Welcome, some only beside it
  const tree = cores.get(founder.group)!.tree.encode()
  return { founder, welcome: welcome!, tree }
}

function contract(subject: GroupSubject): void {
  const [suite] = subject.suites as [number]
  // core-crypto takes commits as public messages only
  const handshake = subject.name === 'core-crypto' ? 'public' : 'private'
  const can = (ability: Parameters<typeof subject.abilities.has>[0]): boolean => subject.abilities.has(ability)

  it('joins a group of ours, and messages go to and fro', async () => {
    const [a, b] = [await subject.newcomer(suite, 'left'), await subject.newcomer(suite, 'right')]
    const { founder, welcome, tree } = await invite(suite, [a, b], handshake)
    // the Welcome has the tree too
    const [left, right] = [await a.join(welcome, undefined), await b.join(welcome, tree)]
    await expectSame(left, right)
    await talk(left, right)
    await talk(right, left)
    await talk(left, founder)
    await talk(founder, right)
    // the second self would encrypt with keys that the first has used
    if (can('join again')) await talk(right, await a.join(welcome, undefined))
  })

  it('follows commits of ours and of its own', async () => {
    const [a, b] = [await subject.newcomer(suite, 'left'), await subject.newcomer(suite, 'right')]
    const { founder, welcome, tree } = await invite(suite, [a, b], handshake)
    const [left, right] = [await a.join(welcome, tree), await b.join(welcome, tree)]
    const epochs = new Set([await expectSame(left, right)])
    const agree = async (): Promise<void> => {
      const before = epochs.size
      epochs.add(await expectSame(left, right))
      expect(epochs.size).toBe(before + 1)
    }
    const ofOurs = [{ kind: 'update' } as const, { kind: 'remove', leaf: 2 } as const]
    for (const change of ofOurs) {
      const { commit } = founder.commit(change, 'omitted')
      await left.process(commit)
      await right.process(commit)
      await agree()
    }
    await talk(founder, left)
    for (const [from, to] of [[left, right] as const, [right, left] as const]) {
      if (!can('update')) break
      await to.process((await from.commit({ kind: 'update' }, 'omitted')).commit)
      await agree()
    }
    if (can('add')) {
      // a stranger, as in the benchmarks, takes the leftmost blank leaf: that of whom we have removed
      const stranger = await copathSubject(defaultProvider(), 'here').newcomer(suite, 'stranger')
      const added = await left.commit({ kind: 'add', keyPackages: [stranger.keyPackage] }, 'omitted')
      expect(added.welcome).toBeInstanceOf(Uint8Array)
      await right.process(added.commit)
      await agree()
    }
    if (can('remove')) {
      await right.process((await left.commit({ kind: 'remove', leaf: 2 }, 'omitted')).commit)
      await agree()
    }
    await talk(left, right)
    for (const member of [left, right]) await member.close?.()
  })

  it.runIf(can('add many'))('founds a group with one commit and removes again', async () => {
    const founder = await subject.found(suite, 'founder')
    const newcomers = await Promise.all(['b', 'c'].map(name => subject.newcomer(suite, name)))
    const ours = copathSubject(defaultProvider(), 'here')
    const strangers = await Promise.all(['d', 'e', 'f'].map(name => ours.newcomer(suite, name)))
    const keyPackages = keyPackagesOf([...newcomers, ...strangers])
    const { welcome } = await founder.commit({ kind: 'add', keyPackages }, 'inside')
    const [b, c] = [await newcomers[0]!.join(welcome!, undefined), await newcomers[1]!.join(welcome!, undefined)]
    const before = await expectSame(founder, b, c)
    const { commit } = await founder.commit({ kind: 'remove', leaf: 5 }, 'omitted')
    await b.process(commit)
    await c.process(commit)
    expect(await expectSame(founder, b, c)).not.toBe(before)
    await talk(c, founder)
  })
}

for (const subject of await Promise.all(PEERS.map(load => load()))) {
  if ('missing' in subject) it.skip(subject.missing, () => undefined)
  else {
    describe(subject.version, () => {
      it('says what a reader has to know', () => {
        expect(subject.notes.length).toBeGreaterThan(0)
        expect(subject.notes.every(note => note.endsWith('.'))).toBe(true)
      })
      contract(subject)
    })
  }
}

describe('ours', () => {
  contract(copathSubject(defaultProvider(), 'here'))
})

describe('a peer that is not there', () => {
  it('is one sentence that says how to get it', async () => {
    const { installedPackage, peerLoader } = await import('../../bench/subjects/peers/installed.ts')
    const absent = await peerLoader('nothing', async () => installedPackage('peers', 'nothing') as never)()
    expect(absent).toEqual({ missing: 'nothing: not installed; npm ci --prefix peers does it.' })
    const broken = await peerLoader('broken', () => Promise.reject(new Error('library open failed: …\nmore')))()
    expect(broken).toEqual({ missing: 'broken: does not load on this machine: library open failed: ….' })
  })
})
