/** One run of the benchmarks: who is measured at which sizes, what is shared between scenarios, and when to stop. */
import { type CountingProvider, countOperations, type OperationCounts } from '../src/crypto/counting.ts'
import { defaultProvider, type SuiteProvider } from '../src/crypto/default-provider.ts'
import type { Profile } from './arguments.ts'
import { Book } from './book.ts'
import type { Recording } from './recording.ts'
import { copathSubject } from './subjects/copath.ts'
import type { GroupSubject, MaybePromise } from './subjects/group-subject.ts'

/** Ctrl-C or a signal to end: what was measured is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export interface SessionParts {
  readonly recording: Recording
  readonly profile: Profile
  /** Given by the caller; by default each scenario has its own for the profile. */
  readonly members: readonly number[] | undefined
  readonly rounds: number | undefined
  readonly peers: readonly GroupSubject[]
  readonly version: string
  readonly signal: AbortSignal
  /** Tells what is being done. */
  readonly say: (what: string) => void
}

/** Sizes of the profiles, where a scenario has no others. */
export const SIZES: Readonly<Record<Profile, readonly number[]>> = {
  quick: [10, 100, 1000],
  usual: [10, 100, 1000, 10_000],
  full: [10, 100, 1000, 10_000, 100_000],
}

export class Session {
  readonly recording: Recording
  readonly profile: Profile
  readonly provider: SuiteProvider = defaultProvider()
  readonly counting: CountingProvider = countOperations(this.provider)
  readonly version: string
  /** Printed after the table of times. */
  readonly tables: string[] = []
  readonly #parts: SessionParts
  readonly #shared = new Map<string, Promise<unknown>>()

  constructor(parts: SessionParts) {
    this.recording = parts.recording
    this.profile = parts.profile
    this.version = parts.version
    this.#parts = parts
  }

  get members(): readonly number[] | undefined {
    return this.#parts.members
  }

  /** The sizes to measure, those of the profile by default; no scenario goes beyond `most`. */
  sizes(most: number = Number.POSITIVE_INFINITY): readonly number[] {
    const wanted = this.#parts.members ?? SIZES[this.profile]
    for (const size of wanted) {
      if (size > most && this.#parts.members !== undefined) {
        this.recording.note(`${size.toLocaleString('en')} members are too many for one of these scenarios: left out.`)
      }
    }
    return wanted.filter(size => size <= most)
  }

  rounds(usual: number): number {
    return this.#parts.rounds ?? usual
  }

  book(scenario: string): Book {
    return new Book(scenario, this.recording)
  }

  /** Says what is next, and lets signals in. Throws `Interrupted`. */
  async step(what: string): Promise<void> {
    this.#parts.say(what)
    await this.pause()
  }

  /** Lets signals in, where a step takes long: between what is timed. Throws `Interrupted`. */
  async pause(): Promise<void> {
    // a signal is delivered between turns of the event loop only
    await new Promise(resolve => setImmediate(resolve))
    if (this.#parts.signal.aborted) throw new Interrupted()
  }

  /** Something that several scenarios use, made once. */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let made = this.#shared.get(key) as Promise<T> | undefined
    if (made === undefined) this.#shared.set(key, (made = make()))
    return made
  }

  /** Ours and the peers, as they are measured in this suite at this size. */
  subjects(suite: number, members: number): GroupSubject[] {
    const all = [copathSubject(this.provider, this.version), ...this.#parts.peers]
    return all.filter(subject => {
      if (!subject.suites.includes(suite)) return false
      if (members <= subject.maxMembers) return true
      this.recording.note(`${subject.name} is not measured above ${subject.maxMembers.toLocaleString('en')} members.`)
      return false
    })
  }

  /** The suites in which anybody is measured: 1, and those in which a peer does not offer 1. */
  suites(): number[] {
    const others = this.#parts.peers.filter(({ suites }) => !suites.includes(1)).map(({ suites }) => suites[0]!)
    return [...new Set([1, ...others])].filter(suite => this.provider.suites().includes(suite))
  }
}

/** What one run of an operation took, and what it gave. */
export interface Timed<T> {
  readonly ms: number
  readonly value: T
}

/** Times one run. What a library makes us wait for is its time; a synchronous one is not awaited. */
export async function timed<T>(body: () => MaybePromise<T>): Promise<Timed<T>> {
  const start = performance.now()
  const returned = body()
  const value = returned instanceof Promise ? await returned : returned
  return { ms: performance.now() - start, value }
}

/** The operations that were counted while `body` ran, without those that did not occur. */
export async function countsOf<T>(
  counting: CountingProvider,
  body: () => MaybePromise<T>,
): Promise<{ readonly counts: Record<string, number>; readonly value: T }> {
  const before = counting.counts()
  const value = await body()
  const after = counting.counts()
  const kinds = Object.keys(after) as (keyof OperationCounts)[]
  const counts = Object.fromEntries(kinds.map(kind => [kind, after[kind] - before[kind]]))
  return { counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)), value }
}
