/** Groups that mix our members with those of an OpenMLS build, founded by either side: adds and messages both ways. */
import { describe, expect, it } from 'vitest'
import { equalPublic, toHex, utf8 } from '../../src/base/bytes.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { CopathMember } from './copath.ts'
import { dice } from './dice.ts'
import { type Addition, MlsTsMember, mlsTsIsInstalled } from './mls-ts.ts'

const suiteOfInterop = mlsTsIsInstalled ? describe : describe.skip
const suite = defaultProvider().suite(3)
const isLong = process.env['COPATH_LONG'] === '1'

/** One of our members, seen as theirs are. */
class OurMember {
  readonly implementation = 'copath'
  readonly identity: string
  readonly member: CopathMember

  constructor(identity: string, pads: boolean, path: boolean) {
    this.identity = identity
    this.member = new CopathMember(suite, identity, { handshake: 'private', pads, path })
  }

  keyPackage(): Uint8Array {
    return this.member.own.encoded
  }

  async found(groupId: string): Promise<void> {
    await this.member.found(utf8(groupId))
  }

  add({ keyPackage }: { readonly keyPackage: Uint8Array }): Addition {
    const { group } = this.member
    const made = group.commit([{ type: 'add', keyPackage }], { ratchetTree: 'apart', path: false })
    group.accept()
    return { messages: [made.commit], welcome: made.welcome!, tree: made.ratchetTree! }
  }

  async join({ welcome, tree }: Addition): Promise<void> {
    await this.member.join(welcome, { ratchetTree: tree })
  }

  process(message: Uint8Array): Uint8Array {
    const event = this.member.group.process(message)
    return event.kind === 'message' ? event.data : new Uint8Array(0)
  }

  encrypt(data: Uint8Array): Uint8Array {
    return this.member.group.encrypt(data)
  }

  /** A commit with a path, of what has been proposed and a removal, or of nothing. */
  commit(removed?: Member): Uint8Array {
    const { group } = this.member
    const places = [...group.members()].filter(({ credential }) => {
      return credential.credentialType === 'basic' && equalPublic(credential.identity, utf8(removed?.identity ?? ''))
    })
    const { commit, leftOut } = group.commit(places.map(({ leaf }) => ({ type: 'remove', leaf })))
    expect([leftOut.length, places.length]).toEqual([0, removed === undefined ? 0 : 1])
    group.accept()
    return commit
  }

  proposeUpdate(): Uint8Array {
    return this.member.group.propose({ type: 'update' })
  }

  tree(): string {
    return toHex(this.member.group.ratchetTree())
  }

  exportSecret(label: string, context: Uint8Array, length: number): string {
    return toHex(this.member.group.exportSecret(label, context, length))
  }
}

type Member = OurMember | MlsTsMember

async function make(ours: boolean, i: number): Promise<Member> {
  return ours ? new OurMember(`member ${i}`, i % 3 === 0, i % 2 === 0) : MlsTsMember.make(`member ${i}`)
}

/** All have the same tree and the same exported secret, and read what one of them says. */
function check(members: readonly Member[], sender: Member): void {
  expect(new Set(members.map(member => member.tree())).size).toBe(1)
  const context = utf8('context')
  expect(new Set(members.map(member => member.exportSecret('interop', context, 32))).size).toBe(1)
  const text = utf8(`hello from a member of ${sender.implementation}`)
  const message = sender.encrypt(text)
  for (const member of members) if (member !== sender) expect(equalPublic(member.process(message), text)).toBe(true)
}

suiteOfInterop(mlsTsIsInstalled ? 'with mls-ts' : 'with mls-ts (not installed: npm ci --prefix peers)', () => {
  it.each([
    { founder: 'copath', seed: 'a', steps: isLong ? 200 : 44, from: 30, most: 32 },
    { founder: 'mls-ts', seed: 'd', steps: 200, from: 2, most: isLong ? 32 : 6 },
  ])(
    'founded by $founder, $steps steps, from $from up to $most members',
    async ({ founder, seed, steps, from, most }) => {
      const roll = dice(seed)
      const members: Member[] = [await make(founder === 'copath', 0)]
      await members[0]!.found('a mixed group')
      const pick = (): Member => members[roll(members.length)]!
      const done = new Set<string>()
      const tell = (sender: Member, message: Uint8Array): void => {
        for (const member of members) if (member !== sender) member.process(message)
      }
      let [count, largest] = [1, 1]
      for (let step = 0; step < steps; step++) {
        const committer = pick()
        if (members.length < from || (members.length < most && roll(2) === 0)) {
          const newcomer = await make(count % 2 === 0, count++)
          const addition = committer.add({ kind: 'add', keyPackage: newcomer.keyPackage() })
          for (const message of addition.messages) tell(committer, message)
          await newcomer.join(addition)
          members.push(newcomer)
          done.add(`${committer.implementation} adds ${newcomer.implementation}`)
        } else if (committer instanceof OurMember && members.length > 1) {
          const other = pick()
          const proposes = other instanceof OurMember && other !== committer && roll(2) === 0
          if (proposes) tell(other, other.proposeUpdate())
          const removed = !proposes && members.length > 4 && other !== committer && roll(4) > 0 ? other : undefined
          const commit = committer.commit(removed)
          if (removed !== undefined) members.splice(members.indexOf(removed), 1)
          tell(committer, commit)
          done.add(
            proposes
              ? 'copath updates'
              : removed
                ? `copath removes ${removed.implementation}`
                : 'copath renews its path',
          )
        }
        check(members, pick())
        largest = Math.max(largest, members.length)
      }
      expect(largest).toBe(most)
      const adds = ['copath adds copath', 'copath adds mls-ts', 'mls-ts adds copath', 'mls-ts adds mls-ts']
      const others = ['copath renews its path', 'copath removes copath', 'copath removes mls-ts', 'copath updates']
      expect([...done]).toEqual(expect.arrayContaining(steps >= 200 ? [...adds, ...others] : adds))
    },
    600_000,
  )
})
