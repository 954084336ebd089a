/** Groups that mix our members with those of ts-mls: every member agrees on every epoch and reads every message. */
import { describe, expect, it } from 'vitest'
import { allSuites } from '../crypto/curve-backends.ts'
import { CopathMember } from './copath.ts'
import { dice } from './dice.ts'
import { EVERYTHING, MixedGroup } from './mixed-group.ts'
import { tsMlsMembers } from './ts-mls.ts'
import { tsMlsIsInstalled } from './ts-mls-library.ts'

const suiteOfInterop = tsMlsIsInstalled ? describe : describe.skip
const provider = allSuites()
const isLong = process.env['COPATH_LONG'] === '1'

/** `share`: one in how many members theirs is, who take most of the time. */
const SHORT = [
  { suite: 1, seed: 'a', steps: 200, from: 3, most: 4, share: 2 },
  { suite: 3, seed: 'b', steps: 20, from: 30, most: 32, share: 8 },
]
const LONG = [1, 3].flatMap(suite =>
  [4, 8, 16, 32].map(most => ({
    suite,
    seed: most === 4 ? 'a' : `${most}`,
    steps: 200,
    from: most - 1,
    most,
    share: 2,
  })),
)
// without 2, 5 and 7: the signature keys of ts-mls 1.6.4 are compressed points there, which RFC 9420 section 5.1.1 excludes
const OTHERS = (isLong ? [4, 6, 0x0053, 0x0054] : [4, 0x0054]).map(suite => {
  return { suite, seed: `suite ${suite}`, steps: isLong ? 50 : 20, from: 2, most: 3, share: 2 }
})

suiteOfInterop(tsMlsIsInstalled ? 'with ts-mls' : 'with ts-mls (not installed: npm ci --prefix peers)', () => {
  it.each([...(isLong ? LONG : SHORT), ...OTHERS])(
    'suite $suite, history $seed of $steps steps, from $from up to $most members',
    async ({ suite, seed, steps, from, most, share }) => {
      const roll = dice(seed)
      const theirs = await tsMlsMembers(suite)
      const group = new MixedGroup(async identity => {
        if (roll(share) === 0) return theirs(identity)
        const habits = {
          handshake: roll(2) === 0 ? 'public' : 'private',
          pads: roll(2) === 0,
          path: roll(2) === 0,
        } as const
        return new CopathMember(provider.suite(suite), identity, habits)
      }, roll)
      await group.found()
      await group.grow(from - 1)
      const [sizes, implementations] = [new Set<number>(), new Set<string>()]
      for (let step = 0; step < steps; step++) {
        await group.step(most)
        sizes.add(group.members.length)
        for (const { implementation } of group.members) implementations.add(implementation)
      }
      const counts = [...group.done].sort().map(([operation, count]) => `${operation}: ${count}`)
      console.info(
        `suite ${suite}, ${steps} steps, ${Math.min(...sizes)} to ${Math.max(...sizes)} members, epoch ${group.members[0]!.epoch}, ` +
          `${group.keptOut} kept out by a bug of theirs; ${counts.join('; ')}`,
      )
      expect(implementations).toEqual(new Set(['copath', 'ts-mls']))
      expect(Math.max(...sizes)).toBe(most)
      // what is not drawn proves nothing
      if (steps >= 200) expect([...group.done.keys()].sort()).toEqual(EVERYTHING)
    },
    1_800_000,
  )
})
