/** A tree to play with line by line, from a terminal or from a pipe. */
import process from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import { CliUsageError, type Io } from '../command.ts'
import { nearest } from '../nearest.ts'
import type { Style } from '../style.ts'
import { type Operation, parseOperation } from './operations.ts'
import { findMember, looksOf, playOperation, type Step, surroundingsOf } from './play.ts'
import { summaryLines } from './print.ts'
import { looksJson, showStep, showTree, stepJson, usedNames } from './show.ts'
import type { Stage } from './stage.ts'

const PROMPT = 'tree> '
const HELP = `  add [NAME…]        members join, each at the leftmost blank leaf
  remove WHO…        members are removed, by the first of the others
  update WHO         a member renews its keys and those above it
  … by WHO           who commits it: remove 3 by 5, update 2 by 0
  path WHO           a member's direct path, its copath, what that resolves to
  show               the tree as it is
  undo               takes the last commit back
  help, quit
Members are named by leaf or by name. Several at once: remove:3+add@5.`

/** Words that are no commits, with what is short for them. */
const COMMANDS = ['show', 'path', 'undo', 'help', 'quit'] as const
type CommandName = (typeof COMMANDS)[number]
const OPERATIONS = ['add', 'remove', 'update']
const SHORT: ReadonlyMap<string, CommandName> = new Map([
  ['?', 'help'],
  ['exit', 'quit'],
  ['q', 'quit'],
])

/** What a line asks for. */
export type Wanted =
  | { readonly kind: 'play'; readonly operation: Operation }
  | { readonly kind: 'path'; readonly of: string }
  | { readonly kind: Exclude<CommandName, 'path'> }
  | { readonly kind: 'nothing' }

/** Reads one line. Throws `CliUsageError`. */
export function readLine(line: string): Wanted {
  const [first = '', ...rest] = line.trim().split(/\s+/)
  if (first === '' || first.startsWith('#')) return { kind: 'nothing' }
  const name = SHORT.get(first) ?? COMMANDS.find(known => known === first)
  if (name === 'path') {
    if (rest.length !== 1) throw new CliUsageError('path takes one member: path 3.')
    return { kind: name, of: rest[0]! }
  }
  if (name !== undefined) {
    if (rest.length > 0) throw new CliUsageError(`${name} stands alone.`)
    return { kind: name }
  }
  if (OPERATIONS.includes(first)) return { kind: 'play', operation: operationOf(first, rest) }
  // as on the command line
  if (rest.length === 0 && /[:+@]/.test(first)) return { kind: 'play', operation: parseOperation(first) }
  const meant = nearest(first, [...OPERATIONS, ...COMMANDS])
  throw new CliUsageError(
    `There is no "${first}".${meant === undefined ? '' : ` Did you mean ${meant}?`} Possible: ${[...OPERATIONS, ...COMMANDS].join(', ')}.`,
  )
}

/** `remove 3 4 by 5` is `remove:3+remove:4@5`. */
function operationOf(kind: string, words: readonly string[]): Operation {
  const by = words.indexOf('by')
  const [whom, committer] = by < 0 ? [words, undefined] : [words.slice(0, by), words.slice(by + 1)]
  if (committer !== undefined && committer.length !== 1) throw new CliUsageError('by takes one member: add Zoe by 5.')
  if (whom.length === 0 && kind !== 'add') throw new CliUsageError(`${kind} whom? By leaf or by name: ${kind} 3.`)
  const proposals = whom.length === 0 ? [kind] : whom.map(who => `${kind}:${who}`)
  return parseOperation(proposals.join('+') + (committer === undefined ? '' : `@${committer[0]}`))
}

export interface Setting {
  readonly io: Io
  readonly style: Style
  /** One JSON object a line, instead of text. */
  readonly json: boolean
  /** The tree as it begins, always the same. */
  readonly make: () => Stage
}

/** The commits so far; undoing plays all but the last again, which gives the same tree. */
class Game {
  readonly #setting: Setting
  stage: Stage
  steps: Step[] = []
  #used: Set<string>

  constructor(setting: Setting) {
    this.#setting = setting
    this.stage = setting.make()
    this.#used = usedNames(this.stage)
  }

  play(operation: Operation): Step {
    const step = playOperation(this.stage, operation, this.#used)
    this.steps.push(step)
    return step
  }

  undo(): Operation {
    const last = this.steps.at(-1)
    if (last === undefined) throw new CliUsageError('There is nothing to take back.')
    const kept = this.steps.slice(0, -1)
    this.stage = this.#setting.make()
    this.#used = usedNames(this.stage)
    this.steps = []
    for (const { operation } of kept) this.play(operation)
    return last.operation
  }
}

/** Does what a line asks for; returns whether to go on. Throws `CliUsageError`. */
function answer(game: Game, wanted: Wanted, { io, style, json }: Setting): boolean {
  const tell = (value: Record<string, unknown>, say: () => void): void => (json ? io.out(JSON.stringify(value)) : say())
  const draw = (): void => showTree(game.stage, undefined, { io, style, isAlone: true })
  switch (wanted.kind) {
    case 'play': {
      const step = game.play(wanted.operation)
      const { stage, steps } = game
      tell(stepJson(step), () => showStep(step, steps.length - 1, { stage, io, style }))
      return true
    }
    case 'path': {
      const around = surroundingsOf(game.stage, findMember(game.stage, wanted.of))
      tell({ path: around }, () => showTree(game.stage, around, { io, style, isAlone: false }))
      return true
    }
    case 'undo': {
      const { text } = game.undo()
      tell({ undone: text, tree: looksJson(looksOf(game.stage)) }, () => {
        io.out(`Taken back: ${text}\n`)
        draw()
      })
      return true
    }
    case 'show':
      tell({ tree: looksJson(looksOf(game.stage)) }, draw)
      return true
    case 'help':
      tell({ help: HELP }, () => io.out(HELP))
      return true
    case 'nothing':
      return true
    case 'quit':
      return false
  }
}

function openInput(): { lines: Interface; isTerminal: boolean } {
  const isTerminal = process.stdin.isTTY === true
  const lines = createInterface({
    ...{ input: process.stdin, terminal: isTerminal, prompt: PROMPT },
    ...(isTerminal ? { output: process.stderr } : {}),
    completer: (line: string) => [[...OPERATIONS, ...COMMANDS].filter(name => name.startsWith(line)), line],
  })
  return { lines, isTerminal }
}

/** Plays until the input ends. Returns the exit code: 1 where a line from a pipe was not understood. */
export async function playInteractively(setting: Setting): Promise<number> {
  const { io, style, json } = setting
  const game = new Game(setting)
  if (!json) {
    showTree(game.stage, undefined, { io, style, isAlone: true })
    io.out(style.faint('\nadd, remove 3, update 0, path 4, undo, show, help, quit\n'))
  }
  const { lines, isTerminal } = openInput()
  const close = (): void => lines.close()
  lines.on('SIGINT', close)
  io.interrupted.addEventListener('abort', close)
  let refused = 0
  if (isTerminal) lines.prompt()
  for await (const line of lines) {
    if (io.interrupted.aborted) break
    // without a terminal nobody else has written what is answered
    if (!isTerminal && !json && line.trim() !== '') io.out(style.faint(`${PROMPT}${line.trim()}\n`))
    try {
      if (!answer(game, readLine(line), setting)) break
    } catch (error) {
      if (!(error instanceof CliUsageError)) throw error
      refused++
      if (json) io.out(JSON.stringify({ error: error.message }))
      else io.err(error.message)
    }
    if (isTerminal) lines.prompt()
  }
  lines.close()
  io.interrupted.removeEventListener('abort', close)
  if (!json && game.steps.length > 1) io.out(summaryLines(game.steps, style).join('\n'))
  return refused > 0 && !isTerminal ? 1 : 0
}
