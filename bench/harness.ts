/** Measures subjects side by side: verified first, warmed up, interleaved in rounds, compared round by round. */
import type { Bench } from 'tinybench'

/** One way of doing an operation. `run` does `units` of them and returns something that `verify` can look at, or a promise of it. */
export interface Subject {
  readonly name: string
  readonly units?: number
  /** What it returns has to be waited for, which is then part of its time. */
  readonly isAwaited?: boolean
  /** What it sends or receives, and the operations in it. */
  readonly bytes?: number
  readonly counts?: Readonly<Record<string, number>>
  readonly run: () => unknown
}

/** A goal: our subject's time against another's in the same run. */
export interface Goal {
  readonly subject: string
  readonly against: string
  /** Our time divided by theirs must not exceed this. */
  readonly atMost: number
}

export interface Operation {
  readonly scenario: string
  readonly name: string
  readonly members: number
  readonly subjects: readonly Subject[]
  readonly goals?: readonly Goal[]
  /** Throws unless what a subject returns is right. Called for every subject before anything is timed. */
  readonly verify: (result: unknown, subject: string) => void
}

/** A measured row; `spread` is the width of the middle half of the rounds (all of them where there are fewer than four) over their median. */
export interface Result {
  readonly scenario: string
  readonly operation: string
  readonly subject: string
  readonly members: number
  readonly medianMs: number
  readonly minMs: number
  readonly spread: number
  readonly bytes?: number
  readonly counts?: Readonly<Record<string, number>>
  readonly note?: string
}

/** A goal and what came of it. */
export interface Verdict {
  readonly scenario: string
  readonly operation: string
  /** What is compared with what. */
  readonly subject: string
  readonly goal: string
  readonly measured: string
  readonly reached: boolean
}

/** Milliseconds of each of `rounds` runs; `prepare` is not timed. */
export function timeEach<T>(rounds: number, prepare: () => T, run: (prepared: T) => void): number[] {
  return Array.from({ length: rounds }, () => {
    const prepared = prepare()
    const start = performance.now()
    run(prepared)
    return performance.now() - start
  })
}

/** A result from the milliseconds of single runs, each of which did `units` of something. */
export function resultOf(
  row: Pick<Result, 'scenario' | 'operation' | 'subject' | 'members'>,
  runs: readonly number[],
  units = 1,
): Result {
  const medianMs = median(runs) / units
  return { ...row, medianMs, minMs: Math.min(...runs) / units, spread: spreadOf(runs) }
}

/** The middle half counts: a collection of garbage in one of thirty rounds says nothing about the other. */
export function spreadOf(runs: readonly number[]): number {
  const sorted = [...runs].sort((a, b) => a - b)
  const cut = Math.floor(sorted.length / 4)
  const [low, high] = [sorted[cut]!, sorted[sorted.length - 1 - cut]!]
  return high === low ? 0 : (high - low) / median(sorted)
}

/** "2.90x faster" or "1.20x the time". */
export function showRatio(ratio: number): string {
  return ratio <= 1 ? `${(1 / ratio).toFixed(2)}x faster` : `${ratio.toFixed(2)}x the time`
}

export interface Measurement {
  readonly results: readonly Result[]
  readonly verdicts: readonly Verdict[]
  /** Printed as they are, beside the table of times. */
  readonly tables?: readonly string[]
}

export interface Method {
  readonly rounds: number
  /** Time spent on one subject in one round, at least one call. */
  readonly roundMs: number
  readonly warmUpMs: number
}

const SAMPLE_MS = 0.25

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Calls until the time is up; returns how many calls make one sample long enough for the clock. */
async function warmUp(subject: Subject, warmUpMs: number): Promise<number> {
  const start = performance.now()
  let calls = 0
  let elapsed = 0
  do {
    const returned = subject.run()
    if (subject.isAwaited) await returned
    calls++
    elapsed = performance.now() - start
  } while (elapsed < warmUpMs)
  return Math.max(1, Math.round((SAMPLE_MS * calls) / elapsed))
}

type BenchClass = typeof Bench

/** tinybench is a development dependency: where this package is installed without it, a loop of our own takes its place. */
async function loadTinybench(): Promise<BenchClass | undefined> {
  try {
    return (await import('tinybench')).Bench
  } catch {
    return undefined
  }
}
let tinybench: Promise<BenchClass | undefined> | undefined

/** Milliseconds per unit: the median sample of one round. */
async function sampleRound(
  Tiny: BenchClass | undefined,
  subject: Subject,
  { calls, roundMs }: { calls: number; roundMs: number },
): Promise<number> {
  const sample = (): void => {
    for (let i = 0; i < calls; i++) subject.run()
  }
  const awaited = async (): Promise<void> => {
    for (let i = 0; i < calls; i++) await subject.run()
  }
  const units = calls * (subject.units ?? 1)
  if (Tiny === undefined) return median(await samplesWithin(roundMs, subject.isAwaited ? awaited : sample)) / units
  const bench = new Tiny({ time: roundMs, iterations: 1, warmup: false, retainSamples: true })
  bench.add(subject.name, subject.isAwaited ? awaited : sample)
  const [task] = subject.isAwaited ? await bench.run() : bench.runSync()
  if (task?.result.state !== 'completed') throw new Error(`${subject.name} failed while it was measured`)
  return task.result.latency.p50 / units
}

async function samplesWithin(roundMs: number, sample: () => void | Promise<void>): Promise<number[]> {
  const samples: number[] = []
  const end = performance.now() + roundMs
  do {
    const start = performance.now()
    const returned = sample()
    if (returned !== undefined) await returned
    samples.push(performance.now() - start)
  } while (performance.now() < end)
  return samples
}

/** A goal is told without the column of sizes: with the number of members where the name does not say it. */
function goalName({ name, members }: Operation): string {
  const isSaid = [String(members), members.toLocaleString('en')].some(text => name.includes(text))
  return members === 1 || isSaid ? name : `${name}, ${members.toLocaleString('en')} members`
}

/** Measures one operation for all its subjects. */
export async function measure(operation: Operation, method: Method): Promise<Measurement> {
  tinybench ??= loadTinybench()
  const Tiny = await tinybench
  for (const subject of operation.subjects) operation.verify(await subject.run(), subject.name)
  const calls: number[] = []
  for (const subject of operation.subjects) calls.push(await warmUp(subject, method.warmUpMs))
  const times = operation.subjects.map((): number[] => [])
  for (let round = 0; round < method.rounds; round++) {
    for (let turn = 0; turn < operation.subjects.length; turn++) {
      // a different subject goes first each round, so that none always runs in another's shadow
      const i = (turn + round) % operation.subjects.length
      times[i]!.push(await sampleRound(Tiny, operation.subjects[i]!, { calls: calls[i]!, roundMs: method.roundMs }))
    }
  }
  const { scenario, name, members } = operation
  const results = operation.subjects.map((subject, i) => {
    const { bytes, counts } = subject
    return {
      ...resultOf({ scenario, operation: name, subject: subject.name, members }, times[i]!),
      ...(bytes === undefined ? {} : { bytes }),
      ...(counts === undefined ? {} : { counts }),
    }
  })
  const timesOf = (subject: string) => times[operation.subjects.findIndex(s => s.name === subject)]
  const verdicts = (operation.goals ?? []).flatMap(goal => {
    const ours = timesOf(goal.subject)
    const theirs = timesOf(goal.against)
    if (ours === undefined || theirs === undefined) return []
    const ratio = median(ours.map((time, round) => time / theirs[round]!))
    return [
      {
        scenario,
        operation: goalName(operation),
        subject: `${goal.subject} against ${goal.against}`,
        goal: showRatio(goal.atMost),
        measured: showRatio(ratio),
        reached: ratio <= goal.atMost,
      },
    ]
  })
  return { results, verdicts }
}
