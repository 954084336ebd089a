/** copath tree --interactive: lines from a pipe play the same commits as the command line, and undoing gives the tree as it was. */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readLine } from '../../src/cli/tree/interactive.ts'
import { captureIo, copath } from './captured-io.ts'

beforeAll(() => void vi.stubEnv('LC_ALL', 'C.UTF-8'))
afterAll(() => void vi.unstubAllEnvs())

/** Runs it with these lines on standard input. */
async function pipe(lines: string, args: readonly string[] = ['8'], io = captureIo()) {
  const input = vi.spyOn(process, 'stdin', 'get')
  input.mockReturnValue(Readable.from([lines]) as unknown as typeof process.stdin)
  try {
    return await copath(['tree', ...args, '--interactive'], io)
  } finally {
    input.mockRestore()
  }
}

async function answers(lines: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await pipe(lines, [...args, '--json'])
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

const textOf = (line: string): string => {
  const wanted = readLine(line)
  return wanted.kind === 'play' ? wanted.operation.text : wanted.kind
}

describe('a line', () => {
  it('is a commit, in words or as on the command line', () => {
    for (const [line, text] of [
      ['add', 'add'],
      ['  add Zoe  ', 'add:Zoe'],
      ['remove 3', 'remove:3'],
      ['remove 3 C by 5', 'remove:3+remove:C@5'],
      ['update 2 by 0', 'update:2@0'],
      ['remove:3+add@5', 'remove:3+add@5'],
      ['?', 'help'],
      ['q', 'quit'],
      ['', 'nothing'],
      ['# a remark', 'nothing'],
    ] as const) {
      expect(textOf(line)).toBe(text)
    }
  })

  it.each([
    ['remove', 'remove whom? By leaf or by name: remove 3.'],
    ['update by 3', 'update whom?'],
    ['add Zoe by', 'by takes one member'],
    ['path', 'path takes one member: path 3.'],
    ['undo 2', 'undo stands alone.'],
    ['udpate 3', 'There is no "udpate". Did you mean update? Possible: add, remove, update, show,'],
    ['constructor', 'There is no "constructor". Possible:'],
    ['remove \u001b[31m', 'is not an operation'],
  ])('%j is answered by what is possible', (line, sentence) => {
    expect(() => readLine(line)).toThrow(sentence)
  })
})

describe('copath tree --interactive', () => {
  it('plays what the command line plays', async () => {
    const { code, stdout, stderr } = await pipe('remove 3\nadd Zoe by 5\n\nupdate 0\n')
    expect([code, stderr]).toEqual([0, ''])
    const batch = await copath(['tree', '8', 'remove:3', 'add:Zoe@5', 'update:0'])
    const told = stdout
      .split('\n')
      .filter((line, i, all) => !line.startsWith('tree> ') && !(line === '' && all[i - 1]!.startsWith('tree> ')))
    expect(told.slice(told.findIndex(line => line.startsWith('1. '))).join('\n')).toBe(
      batch.stdout.slice(batch.stdout.indexOf('1. remove:3')),
    )
    // what was asked stands before the answer
    expect(stdout).toMatch(/tree> add Zoe by 5\n\n2\. add:Zoe@5 {2}F \(leaf 5\) adds Zoe \(leaf 3\)/)
  })

  it.each(['8', '100'])('takes commits back, as if they had never been, among %s', async members => {
    const [first, second, undone, again, shown, none] = await answers(
      'remove 3\nadd Zoe by 5\nundo\nadd Zoe by 5\nshow\nundo\nundo\nundo',
      members,
    )
    expect(undone).toEqual({ undone: 'add:Zoe@5', tree: first!['tree'] })
    expect(again).toEqual(second)
    expect(shown).toEqual({ tree: second!['tree'] })
    expect(none).toMatchObject({ undone: 'add:Zoe@5' })
    const all = await answers('update 0\nundo\nundo\nshow', members)
    expect(all[2]).toEqual({ error: 'There is nothing to take back.' })
    const [untouched] = await answers('show', members)
    expect([all[1]!['tree'], all[3]]).toEqual([untouched!['tree'], untouched])
  })

  it('shows a member’s surroundings, the tree, and help', async () => {
    const { code, stdout } = await pipe('path E\nshow\nhelp\nquit\nadd')
    expect(code).toBe(0)
    expect(stdout).toContain('resolution of the copath node')
    expect(stdout).toContain('3 (A B C D)')
    expect(stdout.match(/blank inner nodes {2}none/g)).toHaveLength(2)
    expect(stdout).toContain('remove WHO…')
    // nothing is read behind quit
    expect(stdout).not.toContain('tree> add')
  })

  it('goes on after a mistake, and tells programs by the exit code that there was one', async () => {
    const { code, stdout, stderr } = await pipe('remove 99\nexplode\nremove 0 by 0\nupdate 1\n')
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([
      'There is no member 99 in the tree now: leaves are 0 to 7',
      expect.stringContaining('There is no "explode".'),
      '"remove:0@0": a member cannot commit its own removal',
    ])
    expect(stdout).toContain('1. update:1  B (leaf 1) renews its keys')
    const [first, last] = await answers('remove 99\nupdate 1')
    expect(first).toEqual({ error: expect.stringContaining('There is no member 99') })
    expect(last).toMatchObject({ operation: 'update:1', committer: 1, encryptionCount: 3 })
  })

  it('ends with its input, also where that is empty, and when it is interrupted', async () => {
    expect((await pipe('')).code).toBe(0)
    const io = captureIo()
    io.interrupt()
    const { code, stdout } = await pipe('add\n', ['8'], io)
    expect(code).toBe(0)
    expect(stdout).not.toContain('1. add')
  })

  it('takes no operations beside it', async () => {
    const { code, stdout, stderr } = await pipe('', ['8', 'add'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('line by line')
  })
})
