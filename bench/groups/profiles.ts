/** Groups as they live: mixes of operations for a stable group, one that changes somewhat, and one that fluctuates. */
import { Draws, seededRandom } from '../../src/compare/index.ts'
import { keyPackages } from '../fixtures/key-packages.ts'
import { countsOf, type Session } from '../session.ts'
import { type CopathMember, copathSubject } from '../subjects/copath.ts'
import type { Change, MaybePromise } from '../subjects/group-subject.ts'
import { expectAgreement, host } from './guests.ts'

/** Shares of operations; what remains are messages. */
export interface Mix {
  readonly name: string
  readonly update: number
  readonly add: number
  readonly remove: number
}

export const MIXES: readonly Mix[] = [
  { name: 'stable', update: 0.03, add: 0.005, remove: 0.005 },
  { name: 'somewhat stable', update: 0.08, add: 0.03, remove: 0.03 },
  { name: 'high fluctuation', update: 0.1, add: 0.2, remove: 0.2 },
]
const MESSAGE = new Uint8Array(256).fill(7)
/** Operations of one timed run. */
export const BLOCK = 100

/** Who is where in the tree: what newcomers take, and whom one may remove. */
export class Places {
  readonly #removable: number[]
  readonly #blanks: number[] = []
  #end: number

  /** A full group of `members`; the first and the last `spared` of them stay. */
  constructor(members: number, spared: number) {
    this.#removable = Array.from({ length: Math.max(0, members - 1 - spared) }, (_, i) => i + 1)
    this.#end = members
  }

  /** RFC 9420 section 7.7: a newcomer takes the leftmost blank leaf. */
  take(): void {
    const at = this.#blanks.length === 0 ? -1 : this.#blanks.indexOf(Math.min(...this.#blanks))
    const leaf = at < 0 ? this.#end++ : this.#blanks.splice(at, 1)[0]!
    this.#removable.push(leaf)
  }

  /** Somebody to remove; undefined where nobody is left. */
  leave(fraction: number): number | undefined {
    const [leaf] = this.#removable.splice(Math.floor(fraction * this.#removable.length), 1)
    if (leaf !== undefined) this.#blanks.push(leaf)
    return leaf
  }
}

type Step = { readonly kind: 'message' } | Change

/** The same operations for the same seed, whoever runs them. */
export class Life {
  readonly #draws: Draws
  readonly #mix: Mix
  readonly #places: Places
  readonly #strangers: readonly Uint8Array[]
  #arrived = 0

  constructor(session: Session, mix: Mix, members: number, { spared, adds }: { spared: number; adds: number }) {
    this.#draws = new Draws(seededRandom(session.provider.primitive('sha256'), `profile ${mix.name} ${members}`))
    this.#mix = mix
    this.#places = new Places(members, spared)
    this.#strangers = keyPackages(session.provider, 1, 'newcomers', adds)
  }

  next(): Step {
    const { update, add, remove } = this.#mix
    const at = this.#draws.fraction()
    if (at < update) return { kind: 'update' }
    if (at < update + add) {
      this.#places.take()
      return { kind: 'add', keyPackages: [this.#strangers[this.#arrived++]!] }
    }
    if (at < update + add + remove) {
      const leaf = this.#places.leave(this.#draws.fraction())
      return leaf === undefined ? { kind: 'update' } : { kind: 'remove', leaf }
    }
    return { kind: 'message' }
  }
}

/** Members of ours who are invited into a full group together: the first `plain` of them, then `counted` ones. */
export async function invited(
  session: Session,
  members: number,
  { plain, counted }: { plain: number; counted: number },
): Promise<CopathMember[]> {
  const hosted = await host(session, 1, members - plain - counted + 2, 'full')
  const subjects = [session.provider, session.counting].map(provider => copathSubject(provider, session.version))
  const newcomers = Array.from({ length: plain + counted }, (_, i) =>
    subjects[i < plain ? 0 : 1]!.newcomer(1, `guest ${i}`),
  )
  const welcome = hosted.invite(newcomers.map(({ keyPackage }) => keyPackage))
  return newcomers.map(newcomer => newcomer.join(welcome, undefined))
}

interface Played {
  readonly senderMs: number
  readonly receiverMs: number
  readonly bytes: number
}

/** A block of operations between two members, who take turns. */
async function play(
  session: Session,
  life: Life,
  pair: readonly [CopathMember, CopathMember],
  first: number,
): Promise<Played> {
  let [senderMs, receiverMs, bytes] = [0, 0, 0]
  const clocked = async <T>(body: () => MaybePromise<T>): Promise<[number, T]> => {
    const start = performance.now()
    const value = await body()
    return [performance.now() - start, value]
  }
  for (let i = 0; i < BLOCK; i++) {
    await session.pause()
    const step = life.next()
    const [from, to] = (first + i) % 2 === 0 ? pair : [pair[1], pair[0]]
    const [sending, message] = await clocked(() => {
      if (step.kind === 'message') return from.encrypt(MESSAGE)
      return from.commit(step, 'omitted').commit
    })
    const [receiving] = await clocked(() => (step.kind === 'message' ? to.decrypt(message) : to.process(message)))
    senderMs += sending
    receiverMs += receiving
    bytes += message.length
  }
  await expectAgreement('copath', ...pair)
  return { senderMs, receiverMs, bytes }
}

/** Each profile at each size: what one operation of the mix costs who sends it and who receives it, on average. */
export async function measureProfiles(session: Session): Promise<void> {
  const book = session.book('profiles')
  const blocks = session.rounds(session.profile === 'quick' ? 2 : 5)
  for (const members of session.sizes()) {
    for (const mix of MIXES) {
      await session.step(`profile "${mix.name}" at ${members.toLocaleString('en')}`)
      const options = { spared: 2, adds: BLOCK * (blocks + 1) }
      const [x, y] = await invited(session, members, { plain: 0, counted: 2 })
      const counted = await countsOf(session.counting, () =>
        play(session, new Life(session, mix, members, options), [x!, y!], 0),
      )
      const [a, b] = await invited(session, members, { plain: 2, counted: 0 })
      const life = new Life(session, mix, members, options)
      const played: Played[] = []
      for (let block = 0; block < blocks; block++) played.push(await play(session, life, [a!, b!], block * BLOCK))
      const bytes = Math.round(counted.value.bytes / BLOCK)
      const details = { units: BLOCK, bytes }
      const sums = `counts are of the first ${BLOCK} operations, sent and received; bytes are the mean of them`
      const sent = played.map(({ senderMs }) => senderMs)
      book.time(`${mix.name}: send an operation, mean`, members, sent, {
        ...{ ...details, counts: counted.counts, note: sums },
      })
      const received = played.map(({ receiverMs }) => receiverMs)
      book.time(`${mix.name}: receive an operation, mean`, members, received, details)
    }
  }
}
