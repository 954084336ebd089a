/** Bugs that implementations have had late, a case each: between our members and those of ts-mls, or in what we send. */
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import { ExternalPub, findExtension } from '../../src/mls/extension.ts'
import { Group } from '../../src/mls/group.ts'
import { readGroupInfo } from '../../src/mls/load-group.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { allSuites, allSuitesOnNoble } from '../crypto/curve-backends.ts'
import { CopathMember } from './copath.ts'
import type { Change, InteropMember } from './member.ts'
import { MixedGroup } from './mixed-group.ts'
import { MlsTsMember, mlsTsIsInstalled } from './mls-ts.ts'
import { type TsMlsMember, tsMlsMembers } from './ts-mls.ts'
import { tsMlsIsInstalled } from './ts-mls-library.ts'

const provider = allSuites()
const suite = provider.suite(1)
const PUBLIC = { isPublic: true }

function ours(identity: string): CopathMember {
  return new CopathMember(suite, identity, { handshake: 'public', path: false })
}

describe('external_pub', () => {
  // the lengths of the KEMs' encodings of public keys (RFC 9180 section 7.1; X-Wing)
  it.each([
    [1, 32],
    [2, 65],
    [3, 32],
    [4, 56],
    [5, 133],
    [6, 56],
    [7, 97],
    [0x0053, 1216],
  ])('suite %i: a vector of the KEM’s encoding of %i bytes, by which others join', (id, length) => {
    const member = (identity: string, suites = provider) =>
      new CopathMember(suites.suite(id), identity, { handshake: 'public' })
    const [alice, bob] = [member('alice'), member('bob', allSuitesOnNoble())]
    const group = Group.create({ ...alice.client, suite: provider.suite(id), groupId: utf8('group') })
    const groupInfo = group.groupInfo()
    const { external_pub } = ExtensionType.of
    const { extensionData } = readGroupInfo(groupInfo).extensions.find(e => e.extensionType === external_pub)!
    const prefix = length < 64 ? [length] : [0x40 | (length >> 8), length & 0xff]
    expect([...extensionData.subarray(0, prefix.length)]).toEqual(prefix)
    expect(extensionData.length).toBe(prefix.length + length)
    const { externalPub } = findExtension(readGroupInfo(groupInfo).extensions, external_pub, ExternalPub)!
    if ([2, 5, 7].includes(id)) expect(externalPub[0]).toBe(4)
    const joined = Group.externalJoin({ ...bob.client, suite: allSuitesOnNoble().suite(id), groupInfo })
    group.process(joined.commit)
    expect(group.epochAuthenticator()).toEqual(joined.group.epochAuthenticator())
  })
})

/** Which nodes of the tree are not blank. */
function filled(member: CopathMember): boolean[] {
  return decode(RatchetTree, member.group.ratchetTree()).map(node => node !== undefined)
}

const suiteOfOpenMls = mlsTsIsInstalled ? describe : describe.skip

suiteOfOpenMls(
  mlsTsIsInstalled ? 'late bugs, with mls-ts' : 'with mls-ts (not installed: npm ci --prefix peers)',
  () => {
    // RFC 9420 section 12.4.1: the commit secret follows from the last secret of the path, which is not the root's here
    it('half of the tree is empty, so that paths end below its root', async () => {
      const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(
        name => new CopathMember(provider.suite(3), name, { handshake: 'private' }),
      ) as [CopathMember, CopathMember, CopathMember]
      const dave = await MlsTsMember.make('dave')
      await alice.found(utf8('group'))
      const adds = [bob.own.encoded, carol.own.encoded, dave.keyPackage()]
      const { welcome, ratchetTree } = alice.group.commit(
        adds.map(keyPackage => ({ type: 'add', keyPackage })),
        { ratchetTree: 'apart' },
      )
      alice.group.accept()
      for (const member of [bob, carol]) await member.join(welcome!, { ratchetTree: ratchetTree! })
      dave.join({ messages: [], welcome: welcome!, tree: ratchetTree! })
      const agree = (): void => {
        expect(dave.tree()).toBe(toHex(carol.group.ratchetTree()))
        const ours = toHex(carol.group.exportSecret('interop', utf8('context'), 32))
        expect(dave.exportSecret('interop', utf8('context'), 32)).toBe(ours)
        expect(dave.process(carol.group.encrypt(utf8('hello')))).toEqual(utf8('hello'))
      }
      for (const leaf of [0, 1]) {
        dave.process(carol.group.commit([{ type: 'remove', leaf }]).commit)
        carol.group.accept()
        agree()
      }
      expect(filled(carol)).toEqual([false, false, false, false, true, true, true])
      dave.process(carol.group.commit().commit)
      carol.group.accept()
      agree()
    })
  },
)

const suiteOfInterop = tsMlsIsInstalled ? describe : describe.skip

suiteOfInterop(
  tsMlsIsInstalled ? 'late bugs, with ts-mls' : 'with ts-mls (not installed: npm ci --prefix peers)',
  () => {
    let theirs: (identity: string) => Promise<TsMlsMember>
    beforeAll(async () => {
      theirs = await tsMlsMembers(1)
    })

    const noDice = (): number => 0
    const never = async (): Promise<never> => {
      throw new Error('these groups choose their members')
    }
    const addOf = async (member: InteropMember): Promise<Change> => {
      return { kind: 'add', keyPackage: await member.keyPackage() }
    }

    /** A group of these; the first one founds it and adds the others. */
    async function groupOf(...members: InteropMember[]): Promise<MixedGroup> {
      const group = new MixedGroup(never, noDice)
      const [founder, ...joiners] = members
      await group.found(founder)
      const adds = await Promise.all(joiners.map(addOf))
      await group.commit(founder!, adds, { joiners })
      await group.check()
      return group
    }

    it('an Update by leaf 0, the number that is false', async () => {
      const [alice, bob, carol] = [ours('alice'), await theirs('bob'), await theirs('carol')]
      const group = await groupOf(alice, bob, carol)
      expect(alice.group.leaf).toBe(0)
      for (const committer of [bob, carol]) {
        await group.deliver(await alice.propose({ kind: 'update' }), alice)
        await group.commit(committer)
        await group.check()
      }
    })

    it('leaf 0 is removed, and its place is taken', async () => {
      const [alice, bob, carol, dave] = [ours('alice'), await theirs('bob'), ours('carol'), await theirs('dave')]
      const group = await groupOf(alice, bob, carol)
      await group.commit(bob, [{ kind: 'remove', identity: 'alice' }])
      await group.check()
      await group.commit(carol, [await addOf(dave)], { joiners: [dave] })
      await group.check()
    })

    it('paths are computed on the tree after its proposals: Add, Update and Remove in one commit, by either', async () => {
      const people = [
        ours('a'),
        await theirs('b'),
        ours('c'),
        await theirs('d'),
        ours('e'),
        await theirs('f'),
        ours('g'),
      ]
      const group = await groupOf(...people)
      const [, b, , d, , f] = people
      const joiners = [await theirs('h'), ours('i')]
      await group.deliver(await people[2]!.propose({ kind: 'update' }, PUBLIC), people[2]!)
      await group.commit(b!, [await addOf(joiners[0]!), { kind: 'remove', identity: 'e' }], { joiners: [joiners[0]!] })
      await group.check()
      await group.deliver(await people[0]!.propose({ kind: 'update' }, PUBLIC), people[0]!)
      await group.deliver(await d!.propose({ kind: 'remove', identity: 'b' }, PUBLIC), d!)
      await group.commit(people[6]!, [await addOf(joiners[1]!)], { joiners: [joiners[1]!], removed: ['b'] })
      await group.check()
      await group.commit(f!)
      await group.check()
    })

    it('half of the tree is empty: ts-mls takes the commit secret from a root that has no key, and is refused', async () => {
      const [alice, bob, carol, dave] = [ours('alice'), ours('bob'), ours('carol'), await theirs('dave')]
      const group = await groupOf(alice, bob, carol, dave)
      await group.commit(carol, [{ kind: 'remove', identity: 'alice' }])
      await group.check()
      const before = carol.authenticator()
      const { commit } = await dave.commit([{ kind: 'remove', identity: 'bob' }], PUBLIC)
      expect(() => carol.group.process(commit)).toThrow(expect.objectContaining({ code: 'invalid-confirmation-tag' }))
      expect(carol.authenticator()).toBe(before)
    })

    const hasPath = (message: Uint8Array): boolean => {
      const decoded = decode(MLSMessage, message)
      const content = decoded.wireFormat === 'mls_public_message' ? decoded.publicMessage.content : undefined
      if (content?.contentType !== 'commit') throw new Error('this is no public commit')
      return content.commit.path !== undefined
    }

    // RFC 9420 section 12.4: required unless all proposals are of Add, PreSharedKey and ReInit, and there is one
    describe.each([
      ['nothing', true],
      ['a single Remove', true],
      ['an Update', true],
      ['GroupContextExtensions', true],
      ['a PreSharedKey', false],
      ['an Add', false],
    ])('whether a commit of %s has a path', (name, required) => {
      async function scene() {
        const people = [ours('alice'), await theirs('bob'), ours('carol'), await theirs('dave')] as const
        const group = await groupOf(...people)
        const joiners = name === 'an Add' ? [ours('eve')] : []
        if (name === 'an Update') await group.deliver(await people[2].propose({ kind: 'update' }), people[2])
        const changes: Record<string, () => Promise<Change>> = {
          'a single Remove': async () => ({ kind: 'remove', identity: 'dave' }),
          GroupContextExtensions: async () => group.extensions(),
          'a PreSharedKey': async () => group.psk(),
          'an Add': () => addOf(joiners[0]!),
        }
        const change = changes[name] === undefined ? [] : [await changes[name]()]
        return { group, people, joiners, change }
      }

      it('ours', async () => {
        const { group, people, joiners, change } = await scene()
        expect(hasPath(await group.commit(people[0], change, { joiners }))).toBe(required)
        await group.check()
      })

      it('that of ts-mls', async () => {
        const { group, people, joiners, change } = await scene()
        const [alice, bob] = people
        const { commit, welcome } = await bob.commit(change, PUBLIC)
        const omits = name === 'GroupContextExtensions'
        expect(hasPath(commit)).toBe(required && !omits)
        if (omits) {
          const before = alice.authenticator()
          expect(() => alice.group.process(commit)).toThrow(
            expect.objectContaining({ code: 'invalid-commit', details: { rule: 'copath-mls-12.4.2-05' } }),
          )
          expect(alice.authenticator()).toBe(before)
          return
        }
        if (name === 'a single Remove') group.members.pop()
        await group.deliver(commit, bob)
        for (const joiner of joiners) await joiner.join(welcome!)
        group.members.push(...joiners)
        await group.check()
      })
    })
  },
)
