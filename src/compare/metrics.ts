/** What an operation cost whom. */
import type { OperationCounts } from '../crypto/counting.ts'
import type { MemberId } from './protocol.ts'

/** What one client did. */
export interface Work {
  readonly counts: OperationCounts
  readonly ms: number
}

/** The work of several clients. */
export interface SharedWork {
  readonly clients: number
  readonly total: OperationCounts
  /** For each kind of operation, the client with the most of it. */
  readonly most: OperationCounts
  readonly meanMs: number
  readonly mostMs: number
}

/** The cost of one operation, from the call to the last of its consequences. */
export interface OperationReport {
  readonly actor: Work
  /** Everybody else who took part. */
  readonly others: SharedWork
  /** Packets that were made, each counted once. */
  readonly packets: number
  readonly bytesSent: number
  /** Packets that were carried, each counted for every receiver. */
  readonly deliveries: number
  readonly deliveredBytes: number
  /** What the directory handed out. */
  readonly fetchedBytes: number
  /** How many packets, one the answer to the other, it took. */
  readonly rounds: number
  /** What the actor has to store afterwards; undefined where an operation is under way that cannot be stored. */
  readonly stateBytes: number | undefined
}

const KINDS = ['dh', 'base', 'sign', 'verify', 'aead', 'hash', 'kdf'] as const

export const noCounts = (): OperationCounts => ({ dh: 0, base: 0, sign: 0, verify: 0, aead: 0, hash: 0, kdf: 0 })

function combined(a: OperationCounts, b: OperationCounts, join: (x: number, y: number) => number): OperationCounts {
  const result = noCounts()
  for (const kind of KINDS) result[kind] = join(a[kind], b[kind])
  return result
}

const difference = (a: OperationCounts, b: OperationCounts): OperationCounts => combined(a, b, (x, y) => x - y)

const plus = (x: number, y: number): number => x + y

/** The work between two readings. */
export const workBetween = (before: Work, after: Work): Work => ({
  counts: difference(after.counts, before.counts),
  ms: after.ms - before.ms,
})

/** The work of all but one, of those who did any. */
export function sharedWork(works: ReadonlyMap<MemberId, Work>, except: MemberId): SharedWork {
  const busy = [...works].filter(([id, { ms }]) => id !== except && ms > 0).map(([, work]) => work)
  const totalMs = busy.reduce((sum, { ms }) => sum + ms, 0)
  return {
    clients: busy.length,
    total: busy.reduce((sum, { counts }) => combined(sum, counts, plus), noCounts()),
    most: busy.reduce((most, { counts }) => combined(most, counts, Math.max), noCounts()),
    meanMs: busy.length === 0 ? 0 : totalMs / busy.length,
    mostMs: busy.reduce((most, { ms }) => Math.max(most, ms), 0),
  }
}
