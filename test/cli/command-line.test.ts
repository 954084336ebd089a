import { describe, expect, it } from 'vitest'
import { BugError, RejectedError } from '../../src/base/errors.ts'
import { parseArguments, wholeNumber, withNegatives } from '../../src/cli/arguments.ts'
import { CliUsageError, type Command } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { readNamedFile } from '../../src/cli/files.ts'
import { terminalIo } from '../../src/cli/io.ts'
import { nearest } from '../../src/cli/nearest.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import { captureIo } from './captured-io.ts'

const manifest = readNamedFile(new URL('../../package.json', import.meta.url).pathname)
const { version } = JSON.parse(new TextDecoder().decode(manifest))

function fake(name: string, run: Command['run']): Command {
  return { name, summary: `what ${name} does`, help: `Usage: copath ${name} FILE`, run }
}
const saw: (readonly string[])[] = []
const fakes = [
  fake('paint', async (args, io) => {
    saw.push(args)
    io.out('painted')
    return 0
  }),
  fake('fail', async () => 1),
  fake('misuse', async () => {
    throw new CliUsageError('FILE is missing.')
  }),
  fake('reject', async () => {
    throw new RejectedError('truncated', { offset: 3 })
  }),
  fake('system', async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  }),
  fake('bug', async () => {
    throw new TypeError('x is not a function')
  }),
  fake('own-bug', async () => {
    throw new BugError('broken-invariant')
  }),
]
const commands = Object.fromEntries(fakes.map(command => [command.name, async () => ({ command })]))

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = captureIo()
  const code = await runCommandLine(args, io, commands)
  return { code, stdout: io.stdout, stderr: io.stderr }
}

describe('the frame of the command line', () => {
  it('helps where nothing is asked for, and where help is', async () => {
    for (const args of [[], ['help'], ['--help'], ['-h'], ['help', 'help']]) {
      const { code, stdout, stderr } = await run(...args)
      expect([code, stderr]).toEqual([0, ''])
      for (const { name, summary } of fakes) expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
      expect(stdout).toContain('Exit codes: 0 good, 1 something failed, 2 wrong usage.')
    }
  })

  it('helps with one command, in both ways, without running it', async () => {
    for (const args of [
      ['help', 'paint'],
      ['paint', '--help'],
      ['paint', 'x', '-h'],
    ]) {
      expect(await run(...args)).toEqual({ code: 0, stdout: 'Usage: copath paint FILE\n', stderr: '' })
    }
    expect(saw).toEqual([])
    expect((await run('paint', 'a', '--', '--help')).stdout).toBe('painted\n')
    expect(saw).toEqual([['a', '--', '--help']])
  })

  it('tells its version', async () => {
    for (const name of ['--version', '-v', 'version']) expect((await run(name)).stdout).toBe(`copath ${version}\n`)
  })

  it('names the nearest command, and all of them', async () => {
    const { code, stdout, stderr } = await run('piant')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('There is no command "piant". Did you mean "paint"? Commands: paint, fail,')
    expect((await run('help', 'xyzzy')).stderr).toMatch(/There is no command "xyzzy"\. Commands: paint/)
    expect((await run('--verbose')).stderr).toContain('There is no option "--verbose".')
    expect((await run('constructor')).code).toBe(2)
  })

  it('gives each outcome its exit code, and stack traces to bugs only', async () => {
    expect((await run('fail')).code).toBe(1)
    const misuse = await run('misuse')
    expect(misuse).toEqual({
      code: 2,
      stdout: '',
      stderr: 'copath: FILE is missing.\n"copath help misuse" says what is possible.\n',
    })
    for (const name of ['reject', 'system']) {
      const { code, stderr } = await run(name)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^copath: .+\n$/)
    }
    for (const name of ['bug', 'own-bug']) {
      const { code, stderr } = await run(name, 'some', 'file')
      expect(code).toBe(1)
      expect(stderr).toMatch(/bug of copath[\s\S]+report/)
      expect(stderr).toContain(`copath ${version}, Node.js ${process.versions.node}`)
      expect(stderr).toContain(`copath ${name} some file\n`)
      expect(stderr).toContain('command-line.test.ts')
    }
  })

  it('has commands that are called as they are listed, and say how they are used', async () => {
    for (const [name, load] of Object.entries(COMMANDS)) {
      const { command } = await load()
      expect(command.name).toBe(name)
      expect(command.summary.length).toBeLessThan(100)
      expect(command.help).toContain(`copath ${name}`)
      expect(command.help).toContain('--json')
      // it takes its arguments in a process of its own: test/bench/arguments.test.ts
      if (name === 'bench') continue
      const io = captureIo()
      expect(await runCommandLine([name, '--no-such-option'], io)).toBe(2)
      expect([io.stdout, io.stderr]).toEqual(['', expect.stringContaining('There is no option --no-such-option.')])
    }
  })
})

describe('arguments', () => {
  const options = { json: { type: 'boolean' }, members: { type: 'string', short: 'n' } } as const

  it('are parsed', () => {
    const { values, positionals } = parseArguments(['a', '--json', '-n', '5'], options, ['FILE'])
    expect([{ ...values }, positionals]).toEqual([{ json: true, members: '5' }, ['a']])
    expect(parseArguments([], options, ['DIR?']).positionals).toEqual([])
    // a negative number belongs to the option before it, which then says what it takes
    expect(parseArguments(['--members', '-1'], options).values.members).toBe('-1')
    expect(withNegatives(['--', '-1', '-n', '-2', '--a=b', '-3'])).toEqual(['--', '-1', '-n', '-2', '--a=b', '-3'])
  })

  it('that are wrong become sentences', () => {
    const wrong: [string[], string[], string][] = [
      [['--jsn'], [], 'There is no option --jsn. Did you mean --json? Options: --json --members --help.'],
      [['-x'], [], 'There is no option -x. Options: --json --members --help.'],
      [['--json=yes'], [], 'does not take an argument'],
      [['--members'], [], 'argument missing'],
      [[], ['FILE'], 'FILE is missing.'],
      [['a', 'b'], ['DIR?'], '"b" is one argument too many. This command takes at most one DIR.'],
      [['a'], [], '"a" is one argument too many. This command takes options only.'],
    ]
    for (const [args, names, message] of wrong) {
      expect(() => parseArguments(args, options, names)).toThrow(CliUsageError)
      expect(() => parseArguments(args, options, names)).toThrow(message)
    }
  })

  it('that are numbers are whole and within bounds', () => {
    const bounds = { name: '--members', min: 1, max: 100_000 }
    for (const text of ['100000', '100,000', '100_000']) expect(wholeNumber(text, bounds)).toBe(100_000)
    for (const text of ['0', '100001', '-1', '1.5', '1e3', '', 'many', '0x10', '9'.repeat(40)]) {
      expect(() => wholeNumber(text, bounds)).toThrow(`--members takes a whole number from 1 to 100000, not "${text}".`)
    }
  })

  it('that name no file say why', () => {
    expect(() => readNamedFile('no/such/file')).toThrow('no/such/file does not exist.')
    expect(() => readNamedFile('.')).toThrow('. is a folder, not a file.')
  })
})

describe('the nearest name', () => {
  it('is found for slips, and not for other words', () => {
    const names = ['vectors', 'tree', 'inspect', 'bench']
    for (const [typed, meant] of [
      ['vector', 'vectors'],
      ['vecotrs', 'vectors'],
      ['Tree', 'tree'],
      ['three', 'tree'],
      ['inspct', 'inspect'],
      ['publish', undefined],
      ['', undefined],
      ['v'.repeat(100_000), undefined],
    ] as const) {
      expect(nearest(typed, names)).toBe(meant)
    }
  })
})

describe('the terminal', () => {
  function terminal({ isTTY = true, env = {} as Record<string, string> } = {}) {
    const written: string[] = []
    let time = 0
    const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 }
    const interrupted = new AbortController().signal
    const io = terminalIo({ stdout: stream, stderr: stream, env, interrupted, now: () => time })
    return { io, written, wait: (ms: number) => void (time += ms) }
  }

  it('shows a bar that fits, not too often, and takes it away', () => {
    const { io, written, wait } = terminal()
    io.progress('a label that is longer than this terminal is wide', 0, 10)
    io.progress('soon', 1, 10)
    wait(150)
    io.progress('files', 5, 10)
    io.out('a line')
    io.progress('files', 10, 10)
    expect(written.map(text => text.replaceAll('\x1b[2K', ''))).toEqual([
      expect.stringMatching(/^\r░{24} {3}0% {2}a label/),
      expect.stringMatching(/^\r█{12}░{12} {2}50% {2}files$/),
      '\r',
      'a line\n',
    ])
    expect(written[0]!.replace('\r\x1b[2K', '')).toHaveLength(59)
  })

  it('stays plain where nobody looks', () => {
    const { io, written } = terminal({ isTTY: false })
    io.progress('files', 1, 2)
    expect([written, io.color]).toEqual([[], false])
    expect(terminal().io.color).toBe(true)
    expect(terminal({ env: { NO_COLOR: '1' } }).io.color).toBe(false)
  })
})
