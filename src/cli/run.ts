/** The command line as a function: help, the commands, and what errors become. */
import { BugError, CopathError } from '../base/errors.ts'
import { CliUsageError, type Command, type Io } from './command.ts'
import { COMMANDS, type Commands } from './commands.ts'
import { nearest } from './nearest.ts'
import { version } from './version.ts'

/** Runs `copath <args>`. Returns the exit code: 0 good, 1 something failed, 2 wrong usage. */
export async function runCommandLine(args: readonly string[], io: Io, commands: Commands = COMMANDS): Promise<number> {
  try {
    return await dispatch(args, io, commands)
  } catch (error) {
    if (error instanceof CliUsageError) {
      io.err(`copath: ${error.message}`)
      io.err(`"copath help${args[0] !== undefined && args[0] in commands ? ` ${args[0]}` : ''}" says what is possible.`)
      return 2
    }
    io.err(isForeseen(error) ? `copath: ${error.message}` : bugReport(error, args))
    return 1
  }
}

async function dispatch(args: readonly string[], io: Io, commands: Commands): Promise<number> {
  const [first, ...rest] = args
  if (first === undefined || first === '--help' || first === '-h') return help(undefined, io, commands)
  if (first === '--version' || first === '-v' || first === 'version') {
    io.out(`copath ${version()}`)
    return 0
  }
  if (first === 'help') return help(rest[0], io, commands)
  const command = await find(first, commands)
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (options.includes('--help') || options.includes('-h')) {
    io.out(command.help.trim())
    return 0
  }
  return await command.run(rest, io)
}

async function find(name: string, commands: Commands): Promise<Command> {
  if (Object.hasOwn(commands, name)) return (await commands[name]!()).command
  const names = [...Object.keys(commands), 'help']
  const meant = nearest(name, names)
  const what = name.startsWith('-') ? 'option' : 'command'
  throw new CliUsageError(
    `There is no ${what} "${name}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} Commands: ${names.join(', ')}.`,
  )
}

async function help(name: string | undefined, io: Io, commands: Commands): Promise<number> {
  if (name !== undefined && name !== 'help') {
    io.out((await find(name, commands)).help.trim())
    return 0
  }
  const loaded = await Promise.all(Object.values(commands).map(async load => (await load()).command))
  const width = Math.max(...loaded.map(command => command.name.length), 'help'.length) + 3
  io.out(`copath ${version()}: group keys for asynchronous messengers (MLS, RFC 9420, and its relatives)

Usage: copath <command> [options]

Commands:
${loaded.map(command => `  ${command.name.padEnd(width)}${command.summary}`).join('\n')}
  ${'help'.padEnd(width)}this text; "copath help <command>" explains one command with examples

Options:
  --help, -h      the same as help, also after a command
  --version, -v   the version
  --json          every command: one JSON object on standard output

Exit codes: 0 good, 1 something failed, 2 wrong usage.`)
  return 0
}

/** Errors of the library but its own bugs, and what the system says about files and memory, are sentences already. */
function isForeseen(error: unknown): error is Error {
  if (error instanceof CopathError) return !(error instanceof BugError)
  return error instanceof Error && 'syscall' in error && 'code' in error
}

function bugReport(error: unknown, args: readonly string[]): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `copath: This is a bug of copath, not a mistake of yours. Please report it to the maintainers with the lines below
(first make sure that they hold nothing you want to keep to yourself).

copath ${version()}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}
copath ${args.join(' ')}
${what}`
}
