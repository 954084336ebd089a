/** copath tree: the ratchet tree of n members, drawn, and what commits do to it. RFC 9420 sections 4 and 7. */
import process from 'node:process'
import type { LeafIndex } from '../../tree/math.ts'
import { parseArguments, wholeNumber } from '../arguments.ts'
import { CliUsageError, type Command, type Io } from '../command.ts'
import { knowsUnicode, styleOf, withAscii } from '../style.ts'
import { number, paragraph } from '../text.ts'
import { type Operation, parseOperation } from '../tree/operations.ts'
import {
  findMember,
  type Looks,
  looksOf,
  playOperation,
  type Step,
  type Surroundings,
  surroundingsOf,
} from '../tree/play.ts'
import { LEGEND, looksLines, paintDrawing, stepLines, summaryLines, surroundingsLines, titleOf } from '../tree/print.ts'
import { MOST_SIMULATED, makeStage, STARTS, type Stage } from '../tree/stage.ts'

const MOST_MEMBERS = 131_072
const DEFAULT_MEMBERS = 8

const OPTIONS = {
  path: { type: 'string' },
  start: { type: 'string' },
  seed: { type: 'string' },
  ascii: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const HELP = `Usage: copath tree [N] [operations] [options]

${paragraph(`Draws the ratchet tree of N members (default ${DEFAULT_MEMBERS}, at most ${number(MOST_MEMBERS)}) and plays commits on it. After each it shows the direct path and the copath of the committer, blank nodes, unmerged leaves, and which secret is encrypted to whom, with counts and bytes. Keys and encryptions are real; up to ${MOST_SIMULATED} members everybody opens what is sent and checks it.`)}

Operations, in the order in which they happen:
  update:LEAF       a member renews its keys
  remove:LEAF       a member is removed, by the first of the others
  add, add:NAME     a member joins at the leftmost blank leaf
  remove:3+add@5    several at once, committed by the member at leaf 5
  update:2@0        an Update of the member at leaf 2, committed by leaf 0
Members are named by their leaf or by their name.

Options:
  --path LEAF       mark the direct path and the copath of a member
  --start HOW       full: all nodes have keys (default); new: the founder has
                    just added all the others; blank: no inner node has a key
  --seed TEXT       makes the keys; the same text, the same keys
  --ascii           no signs beyond ASCII
  --json            for programs

Examples:
  copath tree 8 remove:3 update:0 add
  copath tree 5 --path 4
  copath tree 100000 remove:31337 update:31336
`

function looksJson({ members, leaves, blanks, unmerged }: Looks): Record<string, unknown> {
  return { members, leaves, blanks, unmerged }
}

function stepJson({
  operation,
  wish,
  directPath,
  sealings,
  added,
  bytes,
  leafBytes,
  looks,
}: Step): Record<string, unknown> {
  const { committer, updates, removes } = wish
  return {
    operation: operation.text,
    ...{ committer, updates, removes, added, directPath },
    filteredDirectPath: sealings.map(({ node }) => node),
    copath: sealings.map(({ copath }) => copath),
    encryptions: sealings,
    encryptionCount: sealings.reduce((sum, { recipients }) => sum + recipients.length, 0),
    bytes: { path: bytes, leaf: leafBytes },
    tree: looksJson(looks),
  }
}

/** The names that members have. */
function usedNames(stage: Stage): Set<string> {
  const names = new Set<string>()
  const { shape } = stage
  for (let next = shape.nextLeaf(0); next !== undefined; next = shape.nextLeaf(next + 1)) {
    names.add(stage.nameOf(next as LeafIndex))
  }
  return names
}

interface Play {
  readonly stage: Stage
  readonly operations: readonly Operation[]
  readonly path: string | undefined
}

/** Prints what happens as it happens. */
function show({ stage, operations, path }: Play, io: Io, what: string): void {
  const style = styleOf(io.color)
  const { columns } = io
  const around = path === undefined ? undefined : surroundingsOf(stage, findMember(stage, path))
  const isLarge = stage.memberCount() > MOST_SIMULATED
  io.out(`${style.strong(what)}\n`)
  if (!isLarge || around !== undefined || operations.length === 0) {
    io.out(paintDrawing(stage.draw(around?.leaf), style))
    io.out(`\n${style.faint(LEGEND)}`)
  }
  io.out(around === undefined ? '' : ['', ...surroundingsLines(around, stage, columns), ''].join('\n'))
  if (operations.length === 0) io.out(looksLines(looksOf(stage), columns).join('\n'))
  const used = usedNames(stage)
  const steps: Step[] = []
  for (const operation of operations) {
    if (io.interrupted.aborted) return
    const step = playOperation(stage, operation, used)
    steps.push(step)
    io.out(`${titleOf(step, steps.length - 1, style)}\n`)
    io.out(paintDrawing(stage.draw(step.wish.committer), style))
    io.out(`\n${stepLines(step, stage, { columns, style }).join('\n')}\n`)
  }
  if (steps.length > 1) io.out(summaryLines(steps, style).join('\n'))
}

function toJson({ stage, operations, path }: Play): Record<string, unknown> {
  const before = looksJson(looksOf(stage))
  const around: Surroundings | undefined =
    path === undefined ? undefined : surroundingsOf(stage, findMember(stage, path))
  const used = usedNames(stage)
  const steps = operations.map(operation => stepJson(playOperation(stage, operation, used)))
  return { tree: before, ...(around === undefined ? {} : { path: around }), operations: steps }
}

const SAID = {
  full: 'every node has a key',
  new: 'the founder has just added all the others',
  blank: 'no inner node has a key',
} as const

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS, ['N?', 'OPERATION...'])
  const hasNumber = /^[\d,._+-]+$/.test(positionals[0] ?? '')
  const bounds = { name: 'copath tree', min: 1, max: MOST_MEMBERS }
  const members = hasNumber ? wholeNumber(positionals[0]!, bounds) : DEFAULT_MEMBERS
  const operations = positionals.slice(hasNumber ? 1 : 0).map(parseOperation)
  const { path, seed = 'copath' } = values
  const how = values.start ?? 'full'
  const start = STARTS.find(known => known === how)
  if (start === undefined) {
    throw new CliUsageError(`There is no start ${how}. Possible with --start: ${STARTS.join(', ')}.`)
  }
  const stage = makeStage({ members, start, seed })
  const play = { stage, operations, path }
  if (values.json === true) io.out(JSON.stringify(toJson(play), null, 2))
  else {
    const plain = values.ascii === true || !knowsUnicode(process.env)
    const what = `A ratchet tree of ${number(members)} ${members === 1 ? 'member' : 'members'}: ${SAID[start]}`
    show(play, plain ? withAscii(io) : io, what)
  }
  return 0
}

export const command: Command = {
  name: 'tree',
  summary: 'draw a ratchet tree, play commits on it, see what is encrypted to whom',
  help: HELP,
  run,
}
