/** copath tree: drawings of small trees as they are, commits with all that they encrypt, and what wrong usage is told. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { StudyTree } from '../../src/mls/study-tree.ts'
import { captureIo, copath } from './captured-io.ts'

beforeAll(() => void vi.stubEnv('LC_ALL', 'C.UTF-8'))
afterAll(() => void vi.unstubAllEnvs())

interface StepJson {
  readonly operation: string
  readonly committer: number
  readonly directPath: readonly number[]
  readonly filteredDirectPath: readonly number[]
  readonly copath: readonly number[]
  readonly encryptions: readonly { node: number; copath: number; recipients: readonly number[]; bytes: number }[]
  readonly encryptionCount: number
  readonly bytes: { readonly path: number; readonly leaf: number }
  readonly added: readonly number[]
  readonly tree: {
    readonly members: number
    readonly leaves: number
    readonly blanks: readonly number[]
    readonly unmerged: readonly { node: number; leaves: readonly number[] }[]
  }
}

async function play(...args: string[]): Promise<{ tree: StepJson['tree']; operations: StepJson[]; path?: unknown }> {
  const { code, stdout, stderr } = await copath(['tree', ...args, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

describe('copath tree', () => {
  it('draws a tree', async () => {
    const { code, stdout } = await copath(['tree', '3'])
    expect(code).toBe(0)
    expect(stdout).toBe(`A ratchet tree of 3 members: every node has a key

0     ┌─ ■ leaf 0 A
1  ┌─ ●
2  │  └─ ■ leaf 1 B
3  ●
4  │  ┌─ ■ leaf 2 C
5  └─ _
6     └─ _ leaf 3

● ■ has a key   _ blank   [3 5] unmerged leaves   at the left: node numbers

  blank inner nodes  5
  unmerged leaves    none

To play commits on it: copath tree 3 add update:0, or copath tree 3 --interactive
`)
  })

  it('shows a commit: what is new, whom it is encrypted to, how many bytes that takes', async () => {
    const { stdout } = await copath(['tree', '4', 'remove:1'])
    const [, ...rest] = stdout.split('1. remove:1')
    expect(`1. remove:1${rest.join('')}`).toBe(`1. remove:1  A (leaf 0) removes B (leaf 1) and renews its path

* 0     ┌─ ■ leaf 0 A
- 1  ┌─ _
+ 2  │  └─ _ leaf 1
> 3  ●
  4  │  ┌─ ■ leaf 2 C
+ 5  └─ ●
  6     └─ ■ leaf 3 D

* leaf  > its direct path  - left out of the filtered direct path  + copath

  direct path        1 3; 1 left out: nobody below the other side
  copath             5
  blank inner nodes  1
  unmerged leaves    none

  secret of  below  is encrypted to the keys of  times  bytes
  3          5      5 (C D)                          1    117
  in all                                             1    117
  The update path takes 301 bytes: a leaf of 182, and these nodes.
  ✓ the other 2 members opened it and agree on the new secret

`)
  })

  it('explains the surroundings of a leaf', async () => {
    const { stdout } = await copath(['tree', '5', '--start', 'new', '--path', 'B'])
    expect(stdout.slice(stdout.indexOf('  direct path'))).toBe(`  direct path        1 3 7
  filtered           1 3 7
  copath             0 A, 5, 11

  node  copath  resolution of the copath node
  1     0       0 A
  3     5       4 C, 6 D
  7     11      8 E
  4 encryptions would tell the other 4 members a new secret

  blank inner nodes  5 9 11
  unmerged leaves    none
`)
  })

  it('shows unmerged leaves and whom the Welcome tells', async () => {
    const { operations } = await play('8', 'remove:C', 'add:Zoe@7')
    expect(operations[1]).toMatchObject({ committer: 7, added: [2], tree: { unmerged: [{ node: 3, leaves: [2] }] } })
    const { stdout } = await copath(['tree', '8', 'remove:C', 'add:Zoe@7', 'update:0'])
    expect(stdout).toContain('unmerged leaves    3 [2]')
    expect(stdout).toContain('  The Welcome tells Zoe the secret of 7.\n')
    expect(stdout).toContain('adds Zoe (leaf 2)')
    // what was unmerged is not any more, once somebody beside it commits
    expect(stdout.slice(stdout.indexOf('3. update:0'))).toContain('unmerged leaves    none')
    expect(stdout).toContain('  commit        members  path  encryptions  bytes  blank  unmerged')
  })

  it('agrees with a tree that is played by hand', async () => {
    const seed = 'by hand'
    const { operations } = await play('8', 'remove:3', 'update:5+add@2', '--seed', seed)
    const tree = StudyTree.build(8, { seed })
    for (let leaf = 0; leaf < 8; leaf += 2) tree.commit(leaf)
    const first = tree.commit(0, { removes: [3] })
    const second = tree.commit(2, { updates: [5], adds: ['I'] })
    for (const [i, { path, recipients, message }] of [first, second].entries()) {
      expect(operations[i]).toMatchObject({
        filteredDirectPath: path.nodes,
        copath: path.copath,
        encryptions: recipients.map(nodes => ({ recipients: nodes })),
        bytes: { path: message.length },
      })
    }
    expect(operations[1]!.tree.blanks).toEqual([9, 11])
  })

  it('counts every encryption and every byte', async () => {
    const { operations } = await play('16', 'remove:3+remove:9', 'add', 'update:12', 'update:1@4')
    for (const { encryptions, encryptionCount, bytes, copath: beside, tree } of operations) {
      expect(encryptions.map(({ copath: node }) => node)).toEqual(beside)
      expect(encryptionCount).toBe(encryptions.reduce((sum, { recipients }) => sum + recipients.length, 0))
      const nodes = encryptions.reduce((sum, { bytes: size }) => sum + size, 0)
      // the path is a leaf and a vector of nodes, whose length takes two bytes here
      expect(bytes.path).toBe(bytes.leaf + 2 + nodes)
      for (const { bytes: size, recipients } of encryptions) {
        // a key of 33 bytes, the length of a vector, and 82 bytes for each encryption
        expect(size).toBe(33 + (recipients.length * 82 < 64 ? 1 : 2) + 82 * recipients.length)
      }
      expect(tree.leaves).toBe(16)
    }
  })

  it('starts as asked', async () => {
    const blanksOf = async (start: string, n = '8') => (await play(n, '--start', start)).tree.blanks
    expect(await blanksOf('full')).toEqual([])
    expect(await blanksOf('new')).toEqual([5, 9, 11, 13])
    expect(await blanksOf('blank')).toEqual([1, 3, 5, 7, 9, 11, 13])
    // the large kind of tree begins in the same way
    for (const n of ['64', '65']) {
      expect((await blanksOf('blank', n)).length).toBeGreaterThanOrEqual(63)
      const full = await blanksOf('full', n)
      expect(full.every(node => node >= 2 * (Number(n) - 1))).toBe(true)
    }
  })

  it('plays the same on both kinds of trees', async () => {
    const played = ['remove:3', 'update:0', 'add@5', 'update:7@9', 'remove:30+add:New']
    const small = (await play('64', ...played)).operations
    const large = (await play('65', ...played)).operations
    small.forEach((step, i) => {
      const other = large[i]!
      // one level higher, everything below is the same
      const below = other.filteredDirectPath.length - step.filteredDirectPath.length
      expect(below).toBe(1)
      expect(other.encryptions.slice(0, -1).map(({ recipients }) => recipients)).toEqual(
        step.encryptions.map(({ recipients }) => recipients),
      )
      expect(other.encryptions.at(-1)).toMatchObject({ node: 127, recipients: [128] })
    })
  })

  it('grows with the height of the tree only, up to 100,000 members', async () => {
    for (const [n, height] of [
      [1000, 10],
      [10_000, 14],
      [100_000, 17],
    ] as const) {
      const { operations } = await play(String(n), 'update:7')
      expect(operations[0]!.encryptionCount).toBe(height)
      expect(operations[0]!.filteredDirectPath).toHaveLength(height)
    }
    // the path, what is beside it, and a few leaves around
    const { stdout } = await copath(['tree', '10000', 'update:7'])
    expect(stdout.split('\n').length).toBeLessThan(5 * 14 + 40)
  })

  it('is the same for the same seed, and has no secrets in it', async () => {
    const args = ['tree', '8', 'update:3', '--json']
    expect(await copath(args)).toEqual(await copath(args))
    expect(defaultProvider().suite(1).id).toBe(1)
  })

  it('has colours where they are wanted, and ASCII where nothing else is known', async () => {
    const plain = await copath(['tree', '8', 'update:3'])
    const colored = await copath(['tree', '8', 'update:3'], captureIo({ color: true }))
    expect(colored.stdout).toContain('\x1b[')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    expect(colored.stdout.replace(/\x1b\[\d+m/g, '')).toBe(plain.stdout)
    const ascii = await copath(['tree', '8', 'update:3', '--ascii'])
    expect(ascii.stdout).toMatch(/^[\n -~]*$/)
    expect(ascii.stdout.split('\n')).toHaveLength(plain.stdout.split('\n').length)
    vi.stubEnv('LC_ALL', 'C')
    expect(await copath(['tree', '8', 'update:3'])).toEqual(ascii)
    vi.stubEnv('LC_ALL', 'C.UTF-8')
    const widest = Math.max(...plain.stdout.split('\n').map(line => line.length))
    expect(widest).toBeLessThanOrEqual(80)
  })

  it.each(['tree', 'inspect', 'demo'])('help of %s fits into 80 columns', async name => {
    const { code, stdout } = await copath(['help', name])
    expect([code, stdout.split('\n').filter(line => line.length > 80)]).toEqual([0, []])
    expect(stdout).toMatch(new RegExp(`^Usage: copath ${name} `))
  })

  it('refuses wrong usage with what is possible', async () => {
    for (const [args, sentence] of [
      [['0'], 'from 1 to 131072'],
      [['1.5'], 'from 1 to 131072'],
      [['200000'], 'from 1 to 131072'],
      [['8', 'explode:3'], 'An operation is add, add:NAME, remove:LEAF or update:LEAF'],
      [['8', 'remove'], 'remove whom? By leaf or by name, in one word: remove:3'],
      [['8', 'remove:3@@4'], 'An operation is'],
      [['8', 'add:\u001b[31m'], 'An operation is'],
      [['8', 'remove:8'], 'There is no member 8 in the tree now: leaves are 0 to 7'],
      [['8', 'remove:3', 'update:3'], 'of which 3 are blank'],
      [['8', 'remove:Nobody'], 'There is no member Nobody'],
      [['8', 'remove:3+update:3'], 'names a member twice'],
      [['8', 'remove:3@3'], 'cannot commit its own removal'],
      [['1', 'remove:0'], 'leaves nobody to commit it'],
      [['8', '--start', 'half'], 'full, new, blank'],
      [['8', '--path', '9'], 'There is no member 9'],
      [['8', '--paths', '1'], '--path'],
    ] as const) {
      const { code, stderr } = await copath(['tree', ...args])
      expect([args, code]).toEqual([args, 2])
      expect(stderr).toContain(sentence)
    }
  })
})
