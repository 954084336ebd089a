/** What copath inspect says about a saved file: what it is of, what is in it by kind, its fields, what was checked. */
import { decode } from '../../../codec/codec.ts'
import type { GroupContext } from '../../../mls/group-context.ts'
import { CipherSuite } from '../../../mls/registries.ts'
import { SavedEpoch, SavedState } from '../../../mls/saved/structs.ts'
import type { Io } from '../../command.ts'
import { styleOf } from '../../style.ts'
import { count, number, table, wrapped } from '../../text.ts'
import type { Input } from '../input.ts'
import { checkLines, printLines } from '../print.ts'
import { renderLines } from '../render.ts'
import { hasProblem, toJson } from '../report.ts'
import { bytesText, nameOfNumber } from '../values.ts'
import type { Check } from '../verdicts.ts'
import { DamagedError, readHead } from './head.ts'
import { EPOCHS, INNER_NODES, LEAVES, STATE, UNKNOWN } from './places.ts'
import { type Saved, type SavedExtent, takeApart } from './take-apart.ts'

/** Records of each kind that are shown where nothing else is asked for. */
export const SAVED_LIMIT = 3
const ELEMENTS = 16
const TOTAL = 20_000
const FULL_TOTAL = 500_000

const TITLES = {
  snapshot: 'a snapshot of a group',
  delta: 'a delta of a group',
  client: 'a client',
  follower: 'a follower of a group',
} as const

export interface SavedWishes {
  readonly io: Io
  readonly file: string
  readonly full: boolean
  readonly json: boolean
  readonly limit: number | undefined
}

/** Lists within a record are short, but for the tree that a follower has. */
const extentOf = (limit: number): SavedExtent => ({
  ...{ limit, elements: Math.max(ELEMENTS, limit), total: limit > ELEMENTS ? FULL_TOTAL : TOTAL },
})

type Fact = readonly [label: string, text: string]

/** Prints it. Returns the exit code: 0, 1 where something is in no place that is known, 2 where it is damaged. */
export function inspectSaved(input: Input, wishes: SavedWishes): number {
  const { io, file, full, limit = SAVED_LIMIT } = wishes
  try {
    const saved = takeApart(input.bytes, extentOf(full ? FULL_TOTAL : limit))
    const checks = checksOf(saved)
    if (wishes.json) io.out(JSON.stringify(jsonOf(saved, checks, input), null, 2))
    else print(saved, checks, input, wishes)
    return checks.some(({ verdict }) => verdict === 'bad') ? 1 : 0
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error
    io.err(`${file === '-' ? 'standard input' : file}: ${error.message}.`)
    printHead(input, wishes)
    return 2
  }
}

/** Of a damaged file what it says it is, where that can be read. */
function printHead({ bytes }: Input, { io, json }: SavedWishes): void {
  if (json) return
  try {
    const { kind, suite } = readHead(bytes)
    io.err(`Its head says: ${TITLES[kind]}, suite ${suiteText(suite)}.`)
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error
  }
}

function suiteText(suite: number): string {
  const name = Object.entries(CipherSuite.of).find(([, id]) => id === suite)?.[0]
  return nameOfNumber(suite, name)
}

function groupFacts({ groupId, epoch }: GroupContext): Fact[] {
  return [
    ['group', bytesText(groupId, 64)],
    ['epoch', String(epoch)],
  ]
}

/** What the records say together. */
function recordFacts({ kind, latest, places, taken }: Saved): Fact[] {
  const [stateBytes, epochBytes] = [latest.get(STATE), latest.get(EPOCHS)]
  const context = epochBytes && decode(SavedEpoch, epochBytes).context
  const state = stateBytes && decode(SavedState, stateBytes)
  const recordsOf = (place: string): number => places.find(known => known.place === place)?.records ?? 0
  const [leaves, inner] = [recordsOf(LEAVES), recordsOf(INNER_NODES)]
  const facts: Fact[] = context === undefined ? [] : groupFacts(context)
  if (state !== undefined) facts.push(['member', `leaf ${number(state.leaf)}, ${state.status}`])
  if (state !== undefined && kind === 'snapshot') {
    const blank = state.leafCount - leaves
    facts.push(
      ['tree', `${count(leaves, 'member')}, ${count(blank, 'blank leaf', 'blank leaves')}`],
      ['', `${count(inner, 'inner node')} with a key, ${number(state.leafCount - 1 - inner)} blank`],
    )
  }
  if (taken !== undefined) {
    facts.push([
      'takes away',
      `${count(taken.clears, 'prefix', 'prefixes')} of keys, ${count(taken.deletes, 'record')}`,
    ])
  }
  return facts
}

function checksOf({ kind, places, root }: Saved): Omit<Check, 'section'>[] {
  const unknown = places.find(({ place }) => place === UNKNOWN)
  return [
    { what: 'the digest at the end is that of the file', verdict: 'good' },
    { what: 'everything decodes', verdict: hasProblem(root) ? 'bad' : 'good' },
    ...(kind === 'snapshot' ? [{ what: 'records are in the order of their keys', verdict: 'good' } as const] : []),
    ...(unknown === undefined
      ? []
      : [{ what: 'every record has a place', verdict: 'bad', detail: `${unknown.records} have none` } as const]),
  ]
}

function print(
  saved: Saved,
  checks: readonly Omit<Check, 'section'>[],
  { form, bytes }: Input,
  { io, file, full }: SavedWishes,
): void {
  const style = styleOf(io.color)
  const { columns } = io
  const name = style.strong(file === '-' ? 'standard input' : file)
  const size = `${count(bytes.length, 'byte')}${form === 'binary' ? '' : `, written as ${form}`}`
  io.out(`${name}: ${style.strong(TITLES[saved.kind])} as copath saves it, ${size}`)
  const facts: Fact[] = [['suite', suiteText(saved.suite)], ...recordFacts(saved)]
  for (const [label, text] of facts) {
    for (const line of wrapped(`  ${label.padEnd(12)}`, text, columns)) io.out(line)
  }
  if (saved.places.length > 0) {
    const rows = saved.places.map(({ place, records, bytes }) => [`  ${place}`, number(records), number(bytes)])
    const [head = '', ...lines] = table([['  records of', 'number', 'bytes'], ...rows], 1)
    io.out(`\n${style.faint(head)}\n${lines.join('\n')}`)
  }
  io.out('')
  printLines(renderLines(saved.root, { style, columns, full }), io)
  io.out(`\n${style.strong('Checked')}`)
  for (const check of checks) io.out(checkLines(check, style, columns))
}

function jsonOf(
  { kind, suite, places, root }: Saved,
  checks: readonly Omit<Check, 'section'>[],
  { form, bytes }: Input,
): Record<string, unknown> {
  return { type: 'SavedFile', kind, suite, form, size: bytes.length, places, checks, encoding: toJson(root) }
}
