/** The arguments of `copath bench`: wrong ones become sentences that say what is possible. */
import { describe, expect, it } from 'vitest'
import { BenchUsageError, readArguments } from '../../bench/arguments.ts'

const KNOWN = { names: ['commit', 'tree'], groups: { both: ['commit', 'tree'] } }
const read = (...args: string[]) => readArguments(args, KNOWN)

describe('arguments of the benchmark', () => {
  it('reads a whole request', () => {
    expect(
      read(
        'commit',
        'both',
        '--members',
        '1000,10,10',
        '--peers',
        '--rounds',
        '3',
        '--full',
        '--json',
        'a',
        '--report',
        'b',
      ),
    ).toEqual({
      ...{ kind: 'run', scenarios: ['commit', 'tree'], members: [10, 1000], rounds: 3, peers: true, profile: 'full' },
      ...{ json: 'a', report: 'b' },
    })
    expect(read()).toEqual({
      ...{ kind: 'run', scenarios: [], members: undefined, rounds: undefined, peers: false, profile: 'usual' },
      ...{ json: undefined, report: undefined },
    })
    expect(read('diff', 'a', 'b', '--noise', '25')).toEqual({
      ...{ kind: 'diff', before: 'a', after: 'b', noise: 0.25, json: false },
    })
    expect(read('check', '--record', '--baseline', 'f')).toEqual({
      ...{ kind: 'check', baseline: 'f', record: true, json: false },
    })
  })

  it.each([
    [['nonsense'], 'There is no scenario "nonsense". Scenarios: commit, tree; both for several.'],
    [['constructor'], 'There is no scenario "constructor".'],
    [['--members', 'abc'], '--members takes whole numbers from 4 to 262144, not "abc".'],
    [['--members', '3'], 'from 4 to 262144, not "3"'],
    [['--members', '1e9'], 'not "1e9"'],
    [['--members=-5'], 'not "-5"'],
    [['--members', '0'], 'not "0"'],
    [['--members', '10,'], 'not ""'],
    [['--members', '10,000'], 'separated by commas, each without a comma of its own: 10,100,10000'],
    [['--members', '262145'], 'not "262145"'],
    [['--rounds', '0'], '--rounds takes whole numbers from 1 to 1000'],
    [['--quick', '--full'], 'exclude each other'],
    [['--frob'], 'There is no option --frob. Options: --members --rounds --peers'],
    [['--json'], '--json'],
    [['diff', 'a'], 'diff takes two JSON files, the older first; here are 1.'],
    [['diff', 'a', 'b', 'c'], 'here are 3.'],
    [['check', 'x'], 'check takes options only, not "x"'],
  ] as const)('%j', (args, sentence) => {
    expect(() => read(...args)).toThrow(BenchUsageError)
    expect(() => read(...args)).toThrow(sentence)
  })
})
