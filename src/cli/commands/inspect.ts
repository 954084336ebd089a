/** copath inspect: any message, key package, tree or group info of RFC 9420, and any saved state of ours, field by field. */
import process from 'node:process'
import { fromHex } from '../../base/bytes.ts'
import type { Codec } from '../../codec/codec.ts'
import { parseArguments, wholeNumber } from '../arguments.ts'
import { CliUsageError, type Command, type Io } from '../command.ts'
import { readNamedFile } from '../files.ts'
import { FORMS, type Form, type Input, InputError, MOST_BYTES, readInput } from '../inspect/input.ts'
import { checkLines, printLines } from '../inspect/print.ts'
import { renderLines } from '../inspect/render.ts'
import { inspect, isBad, type Report, toJson } from '../inspect/report.ts'
import { isSaved } from '../inspect/saved/head.ts'
import { inspectSaved, SAVED_LIMIT } from '../inspect/saved/print.ts'
import { findType, TYPE_NAMES } from '../inspect/types.ts'
import { knowsUnicode, type Style, styleOf, withAscii } from '../style.ts'
import { count, paragraph, wrapped } from '../text.ts'

const HELP = `Usage: copath inspect FILE [options]

${paragraph(`Decodes a message, key package, ratchet tree or group info of RFC 9420 and prints it field by field: byte offset, size, name, value, and the section that declares it. Then says what can be checked without secrets: signatures, tree hash, parent hashes, dates. Also takes apart what copath itself has saved: snapshots and deltas of groups, clients, followers. FILE may hold the bytes themselves, or hexadecimal, base64, base64url or PEM; "-" reads from standard input. Secrets are never printed.`)}

Options:
  --type TYPE       take it as this type, instead of finding out
  --from FORM       take it as written as ${FORMS.join(', ')}
  --group-id HEX    the group that a leaf is in, which its signature covers
  --leaf-index N    and its place there
  --limit N         so many elements of long lists (64), and of a saved group's
                    records so many of each kind (${SAVED_LIMIT})
  --full            byte strings whole, all elements of long lists
  --ascii           no signs beyond ASCII
  --json            for programs

${wrapped('Types: ', TYPE_NAMES.join(', '), 78).join('\n')}

${paragraph('Exit code: 0 where all is well; 1 where it does not decode, or something in it is not valid; 2 for a wrong command line, and for a saved state that is damaged.')}

Examples:
  copath inspect welcome.bin
  copath inspect keypackage.txt --json
  copath inspect group.snapshot --limit 0
  echo 0003 00000005 | copath inspect - --type Proposal
`

/** The bytes of a file or of standard input, and no more of them than any message has. */
async function readAll(file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of file === '-' ? (process.stdin as AsyncIterable<Buffer>) : [readNamedFile(file)]) {
    length += chunk.length
    if (length > MOST_BYTES) throw new InputError(`It is longer than ${MOST_BYTES / 2 ** 20} MiB, as no message is`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

interface Wishes {
  readonly limit: number | undefined
  readonly wanted: Codec<unknown> | undefined
  readonly form: Form | undefined
  readonly place: { readonly groupId: Uint8Array; readonly leafIndex: number } | undefined
}

/** More lines are of no use to anybody. */
const MOST_SHOWN = 1_000_000
const OPTIONS = {
  type: { type: 'string' },
  from: { type: 'string' },
  'group-id': { type: 'string' },
  'leaf-index': { type: 'string' },
  limit: { type: 'string' },
  full: { type: 'boolean' },
  ascii: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

function wishesOf(given: { readonly [Name in keyof typeof OPTIONS]?: string | boolean | undefined }): Wishes {
  const { type, from } = given
  const wanted = type === undefined ? undefined : findType(String(type))
  if (type !== undefined && wanted === undefined) {
    throw new CliUsageError(`There is no type ${type}. Possible with --type: ${TYPE_NAMES.join(', ')}.`)
  }
  const form = FORMS.find(known => known === from)
  if (from !== undefined && form === undefined) {
    throw new CliUsageError(`There is no form ${from}. Possible with --from: ${FORMS.join(', ')}.`)
  }
  return { limit: limitOf(given), wanted, form, place: placeOf(given['group-id'], given['leaf-index']) }
}

function limitOf({ limit, full }: { limit?: unknown; full?: unknown }): number | undefined {
  if (limit === undefined) return undefined
  if (full === true) throw new CliUsageError('--limit and --full exclude each other.')
  return wholeNumber(String(limit), { name: '--limit', min: 0, max: MOST_SHOWN })
}

function placeOf(groupId: unknown, leafIndex: unknown): Wishes['place'] {
  if (groupId === undefined && leafIndex === undefined) return undefined
  if (typeof groupId !== 'string') throw new CliUsageError('--leaf-index counts in a group: pass --group-id as well.')
  if (groupId.length % 2 !== 0 || /[^0-9a-f]/i.test(groupId)) {
    throw new CliUsageError('--group-id takes hexadecimal digits, two for a byte.')
  }
  const bounds = { name: '--leaf-index', min: 0, max: 0xffffffff }
  return { groupId: fromHex(groupId.toLowerCase()), leafIndex: wholeNumber(String(leafIndex ?? 0), bounds) }
}

function heading({ certainty, type, alsoReadsAs }: Report, { form, bytes }: Input, file: string, style: Style): string {
  const name = style.strong(file === '-' ? 'standard input' : file)
  const size = `${count(bytes.length, 'byte')}${form === 'binary' ? '' : `, written as ${form}`}`
  if (certainty === 'unknown') return `${name}: nothing that is known here, ${size}`
  const also = alsoReadsAs.length === 0 ? '' : `\n(it can also be read as ${alsoReadsAs.join(', ')}: see --type)`
  return `${name}: ${style.strong(type)}, ${size}${also}\n`
}

/** What is wrong, where; why nothing is printed of what is not known: it might be a secret. */
function problemLines({ problem, certainty, type }: Report, style: Style, columns: number): string[] {
  if (problem === undefined) return []
  const field = problem.path.join('.').replaceAll('.[', '[')
  const where = `at offset ${problem.at}, in ${field}`
  if (certainty === 'unknown') {
    return wrapped(
      '',
      `The nearest is ${type}, which breaks ${where}. With --type ${type} it is printed up to there.`,
      columns,
    )
  }
  return [`${style.bad('It does not decode')} ${where}`, ...wrapped('', problem.message, columns)]
}

const TREE_LEGEND = '(● ■ with a key, _ blank, [unmerged leaves])'

function print(report: Report, input: Input, { io, file, full }: { io: Io; file: string; full: boolean }): void {
  const style = styleOf(io.color)
  const { columns } = io
  const { root, drawing, checks, certainty } = report
  io.out(heading(report, input, file, style))
  if (certainty !== 'unknown') printLines(renderLines(root, { style, columns, full }), io)
  if (drawing !== undefined) {
    io.out(`\n${style.strong('Tree')} ${style.faint(TREE_LEGEND)}\n${drawing.trimEnd()}`)
  }
  if (checks.length > 0) {
    io.out(`\n${style.strong('Checked')}`)
    for (const check of checks) io.out(checkLines(check, style, columns))
  }
  const problems = problemLines(report, style, columns)
  if (problems.length > 0) io.err(`\n${problems.join('\n')}`)
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS, ['FILE'])
  const file = positionals[0]!
  const { wanted, form, place, limit } = wishesOf(values)
  let input: Input
  try {
    input = readInput(await readAll(file), form)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    io.err(`${file}: ${error.message}.`)
    return 1
  }
  const full = values.full === true
  const plain = values.ascii === true || !knowsUnicode(process.env)
  const terminal = plain ? withAscii(io) : io
  if (wanted === undefined && isSaved(input.bytes)) {
    return inspectSaved(input, { io: terminal, file, full, limit, json: values.json === true })
  }
  const now = BigInt(Math.floor(Date.now() / 1000))
  const report = inspect(input.bytes, { wanted, full, place, now, ...(limit === undefined ? {} : { limit }) })
  if (values.json === true) io.out(JSON.stringify(jsonOf(report, input), null, 2))
  else print(report, input, { io: terminal, file, full })
  return isBad(report) ? 1 : 0
}

function jsonOf(report: Report, { form, bytes }: Input): Record<string, unknown> {
  const { type, alsoReadsAs, problem, checks, root } = report
  return {
    type,
    form,
    size: bytes.length,
    ...(alsoReadsAs.length > 0 ? { alsoReadsAs } : {}),
    ...(problem === undefined ? {} : { problem }),
    checks,
    encoding: toJson(root),
  }
}

export const command: Command = {
  name: 'inspect',
  summary: 'decode a message, key package, tree, group info or saved state, field by field',
  help: HELP,
  run,
}
