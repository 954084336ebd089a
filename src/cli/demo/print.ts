/** A demonstration as text: what happens while it happens, and a table at the end. */
import type { Style } from '../style.ts'
import { count, number, table, wrapped } from '../text.ts'
import { type Attempt, type Lockout, succeeded, type Theft } from './attacks.ts'
import type { Figure } from './figures.ts'
import type { Turn } from './history.ts'

/** A time with three digits that count. */
export function duration(ms: number): string {
  if (ms < 0.1) return `${(ms * 1000).toFixed(0)} µs`
  if (ms < 10) return `${ms.toFixed(2)} ms`
  if (ms < 100) return `${ms.toFixed(1)} ms`
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** A number of bytes with three digits that count. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB']
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`
}

export const TURN_HEAD = 'turn  online        missed  catching up  does                    wire      time'

/** One turn in one line. */
export function turnLine({ who, missed, catchUpMs, deed, whom, bytes, ms }: Turn, i: number): string {
  return [
    String(i + 1).padStart(4),
    who.padEnd(12),
    String(missed).padStart(6),
    duration(catchUpMs).padStart(11),
    `${deed} ${whom}`.padEnd(18),
    size(bytes).padStart(8),
    duration(ms).padStart(8),
  ].join('  ')
}

/** Why somebody cannot read, in words. */
const WHY: Readonly<Record<string, string>> = {
  'own-data': 'its secrets go to everybody but this leaf',
  'wrong-epoch': 'of an epoch whose keys it lacks',
}

function attemptText({ what, read, followed, refused }: Attempt, style: Style): string {
  if (read !== undefined) return `${what}: reads ${JSON.stringify(read)}`
  return followed ? `${what}: follows it` : `${what}: ${style.good(`cannot: ${WHY[refused ?? ''] ?? refused}`)}`
}

function attemptLines(attempts: readonly Attempt[], style: Style): string[] {
  return attempts.map(attempt => `    ${attemptText(attempt, style)}`)
}

/** How stories are told. */
export interface Telling {
  readonly style: Style
  readonly columns: number
}

/** The story of a theft. */
export function theftLines(theft: Theft, { style, columns }: Telling): string[] {
  const { victim, before, between, after, keys, victimReads } = theft
  const say = (text: string): string[] => wrapped('  ', text, columns)
  const stolen = `of its ${count(keys.stolen, 'private key')}, ${keys.inUse === 0 ? 'none' : keys.inUse}`
  return [
    ...say(`${victim} joins; a thief copies all its keys and its state, and listens to everything.`),
    ...attemptLines(before, style),
    ...say('Somebody else renews its keys, which does not help: the thief is where the device is.'),
    ...attemptLines(between, style),
    ...say(`Now ${victim} itself renews its keys:`),
    ...attemptLines(after, style),
    ...wrapped('    ', `${stolen} belongs to a key that is still in the tree`, columns),
    ...(succeeded(after)
      ? [`  ${style.bad('✗')} the thief could still read or follow something`]
      : [
          `  ${style.good('✓')} healed: the thief reads nothing any more; ${victim} read ${count(victimReads, 'message')}`,
        ]),
  ]
}

/** The story of a removal. */
export function lockoutLines({ removed, told, attempts, readers }: Lockout, { style, columns }: Telling): string[] {
  const isTold = told ? ', and is told so by the commit' : ''
  return [
    ...wrapped('  ', `${removed} is removed${isTold}. It goes on listening:`, columns),
    ...attemptLines(attempts, style),
    succeeded(attempts)
      ? `  ${style.bad('✗')} it could still read something`
      : `  ${style.good('✓')} locked out: it reads nothing; ${count(readers, 'other device')} read it all`,
  ]
}

/** All figures in one table. */
export function figureLines(figures: readonly Figure[], style: Style): string[] {
  const rows = figures.map(({ operation, times, medianMs, bytes }) => [
    `  ${operation}`,
    number(times),
    duration(medianMs),
    bytes === undefined ? '' : size(bytes),
  ])
  const [head, ...body] = table([['  operation', 'times', 'median', 'wire, median'], ...rows], 1)
  return [style.faint(head!), ...body]
}
