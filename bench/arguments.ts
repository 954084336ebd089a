/** The arguments of `copath bench`, and what is said about wrong ones. */
import { parseArgs } from 'node:util'

/** Wrong usage: a sentence that says what is possible; the exit code is 2. */
export class BenchUsageError extends Error {
  override readonly name = 'BenchUsageError'
}

/** Fewer have no room for the two who are measured, the one who invited them and one more. */
export const FEWEST = 4
export const MOST = 2 ** 18

/** How much is measured: `quick` in seconds, `usual` in minutes, `full` up to 100,000 members. */
export type Profile = 'quick' | 'usual' | 'full'

export interface RunRequest {
  readonly kind: 'run'
  /** Names of scenarios; empty for all. */
  readonly scenarios: readonly string[]
  /** Undefined where the profile decides. */
  readonly members: readonly number[] | undefined
  readonly rounds: number | undefined
  readonly peers: boolean
  readonly profile: Profile
  /** A file, or `-` for standard output. */
  readonly json: string | undefined
  readonly report: string | undefined
}

export type BenchRequest =
  | RunRequest
  | {
      readonly kind: 'diff'
      readonly before: string
      readonly after: string
      readonly json: boolean
      readonly noise: number
    }
  | { readonly kind: 'check'; readonly baseline: string | undefined; readonly record: boolean; readonly json: boolean }

const RUN_OPTIONS = {
  members: { type: 'string' },
  rounds: { type: 'string' },
  peers: { type: 'boolean' },
  quick: { type: 'boolean' },
  full: { type: 'boolean' },
  json: { type: 'string' },
  report: { type: 'string' },
} as const
const DIFF_OPTIONS = { json: { type: 'boolean' }, noise: { type: 'string' } } as const
const CHECK_OPTIONS = { json: { type: 'boolean' }, baseline: { type: 'string' }, record: { type: 'boolean' } } as const

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options'] & {}

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
}

function parsed(args: readonly string[], options: Options): Parsed {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as Parsed
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    const known = Object.keys(options).map(name => `--${name}`)
    const unknown = /'(-[^'= ]*)/.exec(message)?.[1]
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      throw new BenchUsageError(`There is no option ${unknown ?? 'like that'}. Options: ${known.join(' ')} --help.`)
    }
    throw new BenchUsageError(`${message.split('\n')[0]!.replace(/\.$/, '')}.`)
  }
}

function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new BenchUsageError(`${name} takes whole numbers from ${min} to ${max}, not "${text}".`)
}

function membersOf(text: string): number[] {
  const sizes = text.split(',').map(part => {
    const value = part.trim().replaceAll('_', '')
    if (/^0+$/.test(value) && text.includes(',')) {
      throw new BenchUsageError(
        `--members takes sizes separated by commas, each without a comma of its own: 10,100,10000, not "${text}".`,
      )
    }
    return wholeNumber(value, '--members', FEWEST, MOST)
  })
  return [...new Set(sizes)].sort((a, b) => a - b)
}

/** What somebody may name: scenarios, and short names for several of them. */
export interface KnownScenarios {
  readonly names: readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

function scenariosOf(positionals: readonly string[], { names, groups }: KnownScenarios): string[] {
  const chosen = positionals.flatMap(name => {
    if (names.includes(name)) return [name]
    if (Object.hasOwn(groups, name)) return groups[name]!
    throw new BenchUsageError(
      `There is no scenario "${name}". Scenarios: ${names.join(', ')}; ${Object.keys(groups).join(', ')} for several.`,
    )
  })
  return [...new Set(chosen)]
}

function runRequest(args: readonly string[], known: KnownScenarios): RunRequest {
  const { values, positionals } = parsed(args, RUN_OPTIONS)
  const { members, rounds, json, report } = values as Readonly<Record<string, string | undefined>>
  if (values['quick'] === true && values['full'] === true) {
    throw new BenchUsageError('--quick and --full exclude each other.')
  }
  return {
    kind: 'run',
    scenarios: scenariosOf(positionals, known),
    members: members === undefined ? undefined : membersOf(members),
    rounds: rounds === undefined ? undefined : wholeNumber(rounds, '--rounds', 1, 1000),
    peers: values['peers'] === true,
    profile: values['quick'] === true ? 'quick' : values['full'] === true ? 'full' : 'usual',
    json,
    report,
  }
}

/** Reads the arguments. Throws `BenchUsageError`. */
export function readArguments(args: readonly string[], known: KnownScenarios): BenchRequest {
  const [first, ...rest] = args
  if (first === 'diff') {
    const { values, positionals } = parsed(rest, DIFF_OPTIONS)
    const [before, after, extra] = positionals
    if (before === undefined || after === undefined || extra !== undefined) {
      throw new BenchUsageError(`diff takes two JSON files, the older first; here are ${positionals.length}.`)
    }
    const { noise = '10' } = values as { noise?: string }
    return {
      kind: 'diff',
      ...{ before, after, json: values['json'] === true, noise: wholeNumber(noise, '--noise', 0, 1000) / 100 },
    }
  }
  if (first === 'check') {
    const { values, positionals } = parsed(rest, CHECK_OPTIONS)
    if (positionals.length > 0) {
      throw new BenchUsageError(`check takes options only, not "${positionals[0]}": --baseline FILE, --record, --json.`)
    }
    const { baseline } = values as { baseline?: string }
    return { kind: 'check', baseline, record: values['record'] === true, json: values['json'] === true }
  }
  return runRequest(args, known)
}
