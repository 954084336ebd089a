/** Groups that mix our members with those of ts-mls: every member agrees on every epoch and reads every message. */
import { describe, expect, it } from 'vitest'
import { allSuites } from '../crypto/curve-backends.ts'
import { CopathMember } from './copath.ts'
import { dice } from './dice.ts'
import { MixedGroup } from './mixed-group.ts'
import { tsMlsMembers } from './ts-mls.ts'
import { tsMlsIsInstalled } from './ts-mls-library.ts'

const suiteOfInterop = tsMlsIsInstalled ? describe : describe.skip
const provider = allSuites()
const isLong = process.env['COPATH_LONG'] === '1'

const SHORT = [
  { suite: 1, seed: 'a', steps: 60, most: 8 },
  { suite: 1, seed: 'b', steps: 10, most: 32 },
  { suite: 3, seed: 'c', steps: 20, most: 6 },
]
const LONG = [1, 3].flatMap(suite => [3, 8, 16, 32].map(most => ({ suite, seed: `${most}`, steps: 200, most })))

suiteOfInterop(tsMlsIsInstalled ? 'with ts-mls' : 'with ts-mls (not installed: npm ci --prefix peers)', () => {
  it.each([
    ...(isLong ? LONG : SHORT),
    // without 2, 5 and 7: the signature keys of ts-mls 1.6.4 are compressed points there, which RFC 9420 section 5.1.1 excludes
    ...[4, 6, 0x0053, 0x0054].map(suite => ({ suite, seed: `suite ${suite}`, steps: isLong ? 50 : 3, most: 5 })),
  ])(
    'suite $suite, history $seed of $steps steps, up to $most members',
    async ({ suite, seed, steps, most }) => {
      const roll = dice(seed)
      const theirs = await tsMlsMembers(suite)
      const group = new MixedGroup(async identity => {
        if (roll(2) === 0) return theirs(identity)
        const habits = {
          handshake: roll(2) === 0 ? 'public' : 'private',
          pads: roll(2) === 0,
          path: roll(2) === 0,
        } as const
        return new CopathMember(provider.suite(suite), identity, habits)
      }, roll)
      await group.found()
      for (let i = 0; i < 2; i++) {
        const joiner = await group.newcomer()
        await group.commit(group.pick(), [{ kind: 'add', keyPackage: await joiner.keyPackage() }], {
          joiners: [joiner],
        })
        await group.check()
      }
      for (let step = 0; step < steps; step++) await group.step(most)
      // what is not drawn proves nothing
      if (steps >= 60 && most > 3) expect(group.done.size).toBe(15)
    },
    600_000,
  )
})
