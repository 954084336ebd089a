/** copath tree: the ratchet tree of n members, drawn, and what commits do to it. RFC 9420 sections 4 and 7. */
import process from 'node:process'
import { parseArguments, wholeNumber } from '../arguments.ts'
import { CliUsageError, type Command, type Io } from '../command.ts'
import { knowsUnicode, styleOf, withAscii } from '../style.ts'
import { number, paragraph } from '../text.ts'
import { playInteractively } from '../tree/interactive.ts'
import { type Operation, parseOperation } from '../tree/operations.ts'
import { findMember, looksOf, playOperation, type Step, type Surroundings, surroundingsOf } from '../tree/play.ts'
import { summaryLines } from '../tree/print.ts'
import { looksJson, showStep, showTree, stepJson, usedNames } from '../tree/show.ts'
import { MOST_SIMULATED, makeStage, STARTS, type Stage } from '../tree/stage.ts'

const MOST_MEMBERS = 131_072
const DEFAULT_MEMBERS = 8

const OPTIONS = {
  path: { type: 'string' },
  start: { type: 'string' },
  seed: { type: 'string' },
  interactive: { type: 'boolean', short: 'i' },
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
  -i, --interactive add, remove, update, undo line by line; help says what else.
                    Lines may come from a pipe
  --ascii           no signs beyond ASCII
  --json            for programs

Examples:
  copath tree 8 remove:3 update:0 add
  copath tree 5 --path 4
  copath tree 100000 remove:31337 update:31336
  copath tree 8 --interactive
  printf 'remove 3\\nadd Zoe by 5\\nundo\\n' | copath tree 8 -i
`

interface Play {
  readonly stage: Stage
  readonly operations: readonly Operation[]
  readonly path: string | undefined
}

/** Prints what happens as it happens. */
function show({ stage, operations, path }: Play, io: Io, what: string): void {
  const style = styleOf(io.color)
  const around = path === undefined ? undefined : surroundingsOf(stage, findMember(stage, path))
  io.out(`${style.strong(what)}\n`)
  showTree(stage, around, { io, style, isAlone: operations.length === 0 })
  const used = usedNames(stage)
  const steps: Step[] = []
  for (const operation of operations) {
    if (io.interrupted.aborted) return
    const step = playOperation(stage, operation, used)
    steps.push(step)
    showStep(step, steps.length - 1, { stage, io, style })
  }
  if (steps.length > 1) io.out(summaryLines(steps, style).join('\n'))
  if (operations.length === 0 && path === undefined) {
    const n = stage.memberCount()
    io.out(style.faint(`\nTo play commits on it: copath tree ${n} add update:0, or copath tree ${n} --interactive`))
  }
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
  const plain = values.ascii === true || !knowsUnicode(process.env)
  const terminal = plain ? withAscii(io) : io
  const what = `A ratchet tree of ${number(members)} ${members === 1 ? 'member' : 'members'}: ${SAID[start]}`
  const json = values.json === true
  const make = (): Stage => makeStage({ members, start, seed })
  if (values.interactive === true) {
    if (operations.length > 0 || path !== undefined) {
      throw new CliUsageError('With --interactive, operations and paths are asked for line by line.')
    }
    const style = styleOf(io.color)
    if (!json) terminal.out(`${style.strong(what)}\n`)
    return playInteractively({ io: terminal, style, json, make })
  }
  const play = { stage: make(), operations, path }
  if (json) io.out(JSON.stringify(toJson(play), null, 2))
  else show(play, terminal, what)
  return 0
}

export const command: Command = {
  name: 'tree',
  summary: 'draw a ratchet tree, play commits on it, see what is encrypted to whom',
  help: HELP,
  run,
}
