/** Arguments of commands: node:util parseArgs, with errors that are sentences. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { CliUsageError } from './command.ts'
import { nearest } from './nearest.ts'

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

type Parsed<Options extends OptionsConfig> = ReturnType<
  typeof parseArgs<ParseArgsConfig & { options: Options; allowPositionals: true; strict: true }>
>

/** Names of what may stand without a dash, such as `['DIR']`; one that ends with `?` may be left out, one with `...` repeated as well. */
export type Positionals = readonly string[]

/** Parses what follows the name of a command. Throws `CliUsageError`. */
export function parseArguments<const Options extends OptionsConfig>(
  args: readonly string[],
  options: Options,
  names: Positionals = [],
): Parsed<Options> {
  const parsed = parsedBy(args, options)
  const most = names.at(-1)?.endsWith('...') === true ? Number.POSITIVE_INFINITY : names.length
  const [extra] = parsed.positionals.slice(most)
  if (extra !== undefined) {
    const taken = names.length === 0 ? 'This command takes options only' : `This command takes ${listed(names)}`
    throw new CliUsageError(`"${extra}" is one argument too many. ${taken}.`)
  }
  const missing = names.slice(parsed.positionals.length).find(name => !/(?:\?|\.\.\.)$/.test(name))
  if (missing !== undefined) throw new CliUsageError(`${missing} is missing.`)
  return parsed
}

function parsedBy<Options extends OptionsConfig>(args: readonly string[], options: Options): Parsed<Options> {
  try {
    return parseArgs({ args: withNegatives(args), options, allowPositionals: true, strict: true }) as Parsed<Options>
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    throw new CliUsageError(sentence(code, message, options))
  }
}

/** `--members -1` as `--members=-1`, so that it is told which numbers are possible, and not that it might be an option. */
export function withNegatives(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const before = joined.at(-1)
    if (/^-\d/.test(arg) && before?.startsWith('--') === true && !before.includes('=') && before !== '--') {
      joined[joined.length - 1] = `${before}=${arg}`
    } else joined.push(arg)
  }
  return joined
}

function sentence(code: string, message: string, options: OptionsConfig): string {
  const names = [...Object.keys(options).map(name => `--${name}`), '--help']
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${message.split('\n')[0]!.replace(/\.$/, '')}.`
  const unknown = /'(-[^'= ]*)/.exec(message)?.[1] ?? 'that'
  const meant = nearest(unknown, names)
  return `There is no option ${unknown}.${meant === undefined ? '' : ` Did you mean ${meant}?`} Options: ${names.join(' ')}.`
}

const listed = (names: Positionals): string =>
  names.map(name => (name.endsWith('?') ? `at most one ${name.slice(0, -1)}` : name)).join(' and ')

/** What a whole number has to be. */
export interface NumberBounds {
  /** How the argument is called, such as `--members`. */
  readonly name: string
  readonly min: number
  readonly max: number
}

/** A whole number within bounds; `10_000` and `10,000` are read as well as `10000`. Throws `CliUsageError`. */
export function wholeNumber(text: string, { name, min, max }: NumberBounds): number {
  const digits = text.replace(/(?<=\d)[_,](?=\d{3})/g, '')
  const value = /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN
  if (value >= min && value <= max) return value
  throw new CliUsageError(`${name} takes a whole number from ${min} to ${max}, not "${text}".`)
}
