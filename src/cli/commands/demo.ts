/** copath demo: a group of n members on this machine, one online at a time, with live figures. */
import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { parseArguments, wholeNumber } from '../arguments.ts'
import { CliUsageError, type Command, type Io } from '../command.ts'
import { type Lockout, lockOut, steal, succeeded, type Theft } from '../demo/attacks.ts'
import type { Figure } from '../demo/figures.ts'
import { History, type Turn } from '../demo/history.ts'
import { duration, figureLines, lockoutLines, size, TURN_HEAD, theftLines, turnLine } from '../demo/print.ts'
import { makeStandingGroup } from '../demo/standing-group.ts'
import { agree, CONFIG, type Device, World } from '../demo/world.ts'
import { knowsUnicode, type Style, styleOf, withAscii } from '../style.ts'
import { count, number, paragraph } from '../text.ts'

const FEWEST = 4
const MOST = 100_000
const DEFAULT_MEMBERS = 100
const INTERRUPTED = 130
/** Above, the group is there already: to found it takes an encryption and a signature check for everybody. */
const MOST_FOUNDED = 10_000

const HELP = `Usage: copath demo [N] [options]

${paragraph(`Runs a group of N members (default ${DEFAULT_MEMBERS}, from ${FEWEST} to ${number(MOST)}) on this machine. They are online one at a time, as people are: each reads what it missed, does something, and is off again. One founds the group and adds all others; they join; they write, renew their keys, add and remove. Then a thief copies the state of a device and reads along until the device renews its keys, and a removed member finds itself locked out. At the end there is a table of what each operation cost, in time and in bytes on the wire.`)}

${paragraph(`Every member has its own keys and a signed leaf that all others check, and whoever comes online is a whole member. In large groups only some come online, the others never do; above ${number(MOST_FOUNDED)} members the group is there already, and they come in.`)}

Options:
  --found        found it by a commit above ${number(MOST_FOUNDED)} as well: takes minutes
  --seed TEXT    the same text, the same run, apart from times
  --turns N      how many come online in between; 40, fewer in large groups
  --ascii        no signs beyond ASCII
  --json         for programs

Ctrl-C stops after the step at hand and shows what was measured (exit code ${INTERRUPTED}).

Examples:
  copath demo
  copath demo 10000 --seed summer
`

/** How many devices come online, and how often one does, in a group of some size. */
function extentOf(members: number): { readonly live: number; readonly turns: number } {
  if (members <= 100) return { live: members, turns: 40 }
  if (members <= 1000) return { live: 24, turns: 40 }
  return members <= MOST_FOUNDED ? { live: 12, turns: 30 } : { live: 3, turns: 20 }
}

/** What happened in a run; what is missing was not reached. */
interface Outcome {
  readonly members: number
  readonly seed: string
  /** Whether the group was founded by a commit, not made directly. */
  readonly founded: boolean
  live?: number
  founding?: { readonly bytes: number; readonly ms: number }
  readonly turns: Turn[]
  agreement?: boolean
  theft?: Theft
  lockout?: Lockout
  figures?: readonly Figure[]
  wireBytes?: number
  interrupted: boolean
}

/** What somebody wants to see. */
interface Wishes {
  readonly members: number
  readonly seed: string
  readonly turns: number
  readonly quiet: boolean
  readonly found: boolean
}

/** Thrown where Ctrl-C is noticed; caught in one place. */
class Interruption extends Error {}

/** One run. Between its steps the process can hear Ctrl-C. */
class Demonstration {
  readonly outcome: Outcome
  readonly #world: World
  readonly #io: Io
  readonly #say: (text: string) => void
  readonly #style: Style
  readonly #turns: number
  readonly #isFounded: boolean

  constructor(io: Io, { members, seed, turns, quiet, found }: Wishes) {
    this.#io = io
    this.#say = quiet ? () => undefined : text => io.out(text)
    this.#style = styleOf(io.color)
    this.#turns = turns
    this.#isFounded = found || members <= MOST_FOUNDED
    this.#world = new World(seed)
    this.outcome = { members, seed, founded: this.#isFounded, turns: [], interrupted: false }
  }

  async run(): Promise<Outcome> {
    const { outcome } = this
    try {
      await this.#all()
    } catch (error) {
      if (!(error instanceof Interruption)) throw error
      outcome.interrupted = true
      this.#io.progress('', 1, 1)
      this.#say(`\n${this.#style.warn('Interrupted.')} What was measured so far:`)
    }
    const { figures } = this.#world
    outcome.figures = figures.list()
    outcome.wireBytes = figures.wire
    this.#heading('What it cost', `${size(figures.wire)} over the wire in all`)
    this.#say(figureLines(outcome.figures, this.#style).join('\n'))
    return outcome
  }

  async #all(): Promise<void> {
    const { members, seed } = this.outcome
    this.#say(
      `${this.#style.strong(`A group of ${number(members)}`)} on this machine, one online at a time (--seed ${seed})`,
    )
    const live = this.#isFounded ? await this.#found() : await this.#enter()
    const history = await this.#join(live)
    await this.#live(history)
    await this.#attacks(history)
  }

  #heading(title: string, more: string): void {
    this.#say(`\n${this.#style.strong(title)}  ${this.#style.faint(more)}`)
  }

  /** Lets the process hear Ctrl-C. */
  async #pause(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    if (this.#io.interrupted.aborted) throw new Interruption()
  }

  async #found(): Promise<Device[]> {
    const { members } = this.outcome
    const devices: Device[] = []
    this.#heading('Founding', `${count(members - 1, 'key package')}, one commit`)
    for (let i = 0; i < members; i++) {
      devices.push(this.#world.device(`m${i}`))
      if (i % 100 === 99) {
        this.#io.progress('key packages', i + 1, members + members / 4)
        await this.#pause()
      }
    }
    this.#io.progress(`one commit that adds ${number(members - 1)}`, members, members + members / 4)
    await this.#pause()
    const [founder, ...others] = devices as [Device, ...Device[]]
    const founding = this.#world.found(founder, others)
    this.#io.progress('', 1, 1)
    this.outcome.founding = founding
    const cost = `${duration(founding.ms)}, ${size(founding.bytes)} over the wire`
    this.#say(`  m0 adds ${number(others.length)} members by one commit: ${cost}`)
    const { live } = extentOf(members)
    return Array.from({ length: live }, (_, i) => devices[Math.round((i * (members - 1)) / (live - 1))]!)
  }

  /** The group stands already; some devices come in. */
  async #enter(): Promise<Device[]> {
    const { members } = this.outcome
    const { live } = extentOf(members)
    const standing = members - live
    this.#heading('A standing group', 'made directly: all members have signed leaves, all nodes have keys')
    const making = makeStandingGroup(this.#world.suite, standing, CONFIG)
    let step = making.next()
    for (let i = 0; step.done !== true; i++) {
      if (i % 200 === 0) {
        this.#io.progress(`${number(standing)} members`, i, standing)
        await this.#pause()
      }
      step = making.next()
    }
    this.#io.progress('', 1, 1)
    await this.#pause()
    const devices = Array.from({ length: live }, (_, i) => this.#world.device(`m${standing + i}`))
    const founding = this.#world.admit(step.value, devices)
    this.outcome.founding = founding
    const cost = `${duration(founding.ms)}, ${size(founding.bytes)} over the wire`
    this.#say(`  m0 of ${number(standing)} adds ${live} more by one commit: ${cost}`)
    return devices
  }

  async #join(live: readonly Device[]): Promise<History> {
    const { members } = this.outcome
    this.outcome.live = live.length
    const some =
      live.length < members ? `${live.length} of ${number(members)} ever come online` : 'each by the same Welcome'
    this.#heading('Joining', some)
    const times: number[] = []
    for (const device of live.filter(({ group }) => group === undefined)) {
      this.#io.progress(`${device.name} joins`, times.length, live.length)
      await this.#pause()
      times.push(this.#world.join(device))
    }
    this.#io.progress('', 1, 1)
    const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
    this.#say(`  ${count(times.length, 'device')} joined, ${duration(middle)} each; ${this.#agreement(live)}`)
    return new History(this.#world, live)
  }

  async #live(history: History): Promise<void> {
    this.#heading('Daily life', `${count(this.#turns, 'turn')}; whoever comes online first reads what it missed`)
    this.#say(this.#style.faint(TURN_HEAD))
    for (let i = 0; i < this.#turns; i++) {
      this.#io.progress('turns', i, this.#turns)
      await this.#pause()
      const turn = history.turn()
      this.outcome.turns.push(turn)
      this.#say(turnLine(turn, i))
    }
    this.#io.progress('', 1, 1)
    await this.#pause()
    history.allCatchUp()
    this.#say(`  everybody comes online once more: ${this.#agreement(history.live)}`)
  }

  async #attacks(history: History): Promise<void> {
    await this.#pause()
    this.#heading('A stolen state', 'and how it heals (RFC 9420 section 16.6)')
    const theft = steal(this.#world, history)
    this.outcome.theft = theft
    this.#say(theftLines(theft, { style: this.#style, columns: this.#io.columns }).join('\n'))
    await this.#pause()
    this.#heading('A removed member', 'and what it can read')
    const lockout = lockOut(this.#world, history)
    this.outcome.lockout = lockout
    this.#say(lockoutLines(lockout, { style: this.#style, columns: this.#io.columns }).join('\n'))
  }

  #agreement(devices: readonly Device[]): string {
    const good = agree(devices)
    this.outcome.agreement = good && this.outcome.agreement !== false
    return good ? this.#style.good('✓ all agree on the secrets') : this.#style.bad('✗ they do not agree')
  }
}

/** Whether everything came out as the protocol promises. */
function isGood({ agreement, theft, lockout }: Outcome): boolean {
  const isHealed = theft !== undefined && succeeded(theft.before) && !succeeded(theft.after)
  return agreement === true && isHealed && lockout?.told === true && !succeeded(lockout.attempts)
}

const OPTIONS = {
  seed: { type: 'string' },
  turns: { type: 'string' },
  found: { type: 'boolean' },
  ascii: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

async function run(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS, ['N?'])
  const [text = String(DEFAULT_MEMBERS)] = positionals
  const members = wholeNumber(text, { name: 'copath demo', min: FEWEST, max: MOST })
  const turns =
    values.turns === undefined
      ? extentOf(members).turns
      : wholeNumber(values.turns, { name: '--turns', min: 0, max: 10_000 })
  const seed = values.seed ?? randomBytes(4).toString('hex')
  if (seed === '') throw new CliUsageError('--seed takes any text but the empty one.')
  const quiet = values.json === true
  const plain = values.ascii === true || !knowsUnicode(process.env)
  const demonstration = new Demonstration(plain ? withAscii(io) : io, {
    ...{ members, seed, turns, quiet },
    found: values.found === true,
  })
  const outcome = await demonstration.run()
  if (quiet) io.out(JSON.stringify(outcome, null, 2))
  if (outcome.interrupted) return INTERRUPTED
  return isGood(outcome) ? 0 : 1
}

export const command: Command = {
  name: 'demo',
  summary: 'a group of n members on this machine, one online at a time, with live figures',
  help: HELP,
  run,
}
