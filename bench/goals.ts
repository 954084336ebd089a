/** The goals that groups were given: times alone at large sizes, and beside peers at 1,000 members. */
import { OURS, type Sink } from './book.ts'
import { type Result, showRatio } from './harness.ts'
import { showTime } from './report.ts'

type Goals = Readonly<Record<string, number>>

/** Milliseconds where relaxed SIMD is there; without it they are twice that. */
const ALONE: Readonly<Record<number, Goals>> = {
  10000: { 'first commit, blank parents: create': 800, 'first commit, blank parents: process': 10 },
  100000: {
    'found: one commit adds all': 20_000,
    'join by the Welcome': 3000,
    'commit: create': 6,
    'commit: process': 4,
    'add one: create': 6,
    'add one: process': 4,
    'remove one: create': 6,
    'remove one: process': 4,
  },
}
/** At any size from 1,000 on. */
const MESSAGES: Goals = { 'message of 1 KiB: encrypt': 0.09, 'message of 1 KiB: decrypt': 0.13 }
const BESIDE_PEERS_AT = 1000
const BESIDE_PEERS = [
  'found: one commit adds all',
  'join by the Welcome',
  'join by the Welcome, full tree',
  'commit: create',
  'commit: process',
  'add one: create',
  'add one: process',
  'remove one: create',
  'remove one: process',
]
const FIVE_TIMES = 1 / 5
const TWENTY_TIMES = 1 / 20

const place = (operation: string, members: number): string => `${operation}, ${members.toLocaleString('en')}`

function alone(result: Result, goalMs: number): Parameters<Sink['judge']>[0] {
  const { scenario, operation, members, medianMs } = result
  return {
    ...{ scenario, operation: place(operation, members), subject: OURS },
    goal: `<= ${showTime(goalMs)}`,
    measured: showTime(medianMs),
    reached: medianMs <= goalMs,
  }
}

function against(ours: Result, theirs: Result, atMost: number): Parameters<Sink['judge']>[0] {
  const ratio = ours.medianMs / theirs.medianMs
  return {
    ...{ scenario: ours.scenario, operation: place(ours.operation, ours.members) },
    subject: `${OURS} against ${theirs.subject}`,
    ...{ goal: showRatio(atMost), measured: showRatio(ratio), reached: ratio <= atMost },
  }
}

/** Holds the goals against what was measured. */
export function judgeGroups(results: readonly Result[], sink: Sink, isFused: boolean): void {
  const factor = isFused ? 1 : 2
  for (const ours of results.filter(({ subject }) => subject === OURS)) {
    const { operation, members } = ours
    const goal = ALONE[members]?.[operation] ?? (members >= 1000 ? MESSAGES[operation] : undefined)
    if (goal !== undefined) sink.judge(alone(ours, goal * factor))
    if (members !== BESIDE_PEERS_AT || !BESIDE_PEERS.includes(operation)) continue
    const peers = results.filter(r => r.operation === operation && r.members === members && r.subject !== OURS)
    const best = peers.reduce<Result | undefined>(
      (a, b) => (a !== undefined && a.medianMs <= b.medianMs ? a : b),
      undefined,
    )
    if (best !== undefined) sink.judge(against(ours, best, FIVE_TIMES))
    const tsMls = peers.find(({ subject }) => /^ts-mls( 1\.|$)/.test(subject))
    if (tsMls !== undefined) sink.judge(against(ours, tsMls, TWENTY_TIMES))
  }
}
