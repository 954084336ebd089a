/** The workload by which the proof of concept of ART was measured: 100 messages of 32 bytes, fresh keys with every one. */
import { UsageError } from '../base/errors.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { Driver } from './driver.ts'
import type { GroupProtocol, MemberId } from './protocol.ts'

/** 2 times 1.5 to the power of k, cut off: what that evaluation ran. */
export const WORKLOAD_SIZES: readonly number[] = Array.from({ length: 16 }, (_, k) => Math.floor(2 * 1.5 ** k))

/** Published bytes of one message with its update, by number of members. */
export const PUBLISHED: Readonly<Record<'ART' | 'pairwise', ReadonlyMap<number, number>>> = {
  ART: new Map([
    [10, 314],
    [76, 451],
    [389, 555],
    [875, 597],
    [1000, 602],
  ]),
  pairwise: new Map([
    [10, 891],
    [76, 7425],
    [389, 38_800],
    [875, 87_400],
    [1000, 99_900],
  ]),
}

/** Data that a device moved in a month in 2015, where data is dear. */
export const MONTH_BYTES = 255_000_000

/** Messages that cost their sender less than this together. */
export const messagesWithin = (bytes: number, bytesPerMessage: number): number => Math.floor(bytes / bytesPerMessage)

/** What a workload is made from. */
export interface WorkloadOptions {
  readonly members: number
  readonly messages?: number
  readonly seed?: string
  readonly provider?: CryptoProvider
}

/** Times are milliseconds, added up over the members; bytes are those that members send, and those that they get. */
export interface WorkloadReport {
  readonly protocol: string
  readonly members: number
  readonly messages: number
  /** Who spoke, in order. */
  readonly senders: readonly MemberId[]
  readonly initiatorSetupMs: number
  readonly initiatorSetupBytes: number
  readonly othersSetupMs: number
  readonly othersSetupBytesReceived: number
  readonly sendMs: number
  readonly receiveMs: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Messages that somebody has read: every message by every other member. */
  readonly readings: number
}

/**
 * All members are online, and no two messages in a row have one sender. Whoever speaks changes its keys first; where a channel between
 * two does that by itself whenever the direction changes, as the Double Ratchet does, nothing is added to it.
 */
export function runWorkload<S>(protocol: GroupProtocol<S>, options: WorkloadOptions): WorkloadReport {
  const { members, messages = 100, seed = 'workload', provider } = options
  if (!(members >= 2)) throw new UsageError('wrong-argument', { members })
  const driver = new Driver(protocol, { seed: `${seed}/${members}`, ...(provider && { provider }) })
  const everybody = Array.from({ length: members }, (_, i): MemberId => `member ${i}`)
  const setup = driver.run(everybody[0]!, { kind: 'create', others: everybody.slice(1) })
  const plaintext = new Uint8Array(32).fill(1)
  const senders: MemberId[] = []
  let [sendMs, receiveMs, bytesSent, bytesReceived] = [0, 0, 0, 0]
  const readingsBefore = readings(driver)
  for (let i = 0; i < messages; i++) {
    const last = senders.at(-1)
    const sender = driver.draws.pick(everybody.filter(id => id !== last))
    senders.push(sender)
    const update = protocol.name === 'pairwise' ? [] : [{ kind: 'update' } as const]
    for (const action of [...update, { kind: 'send', plaintext } as const]) {
      const { actor, others, ...report } = driver.run(sender, action)
      sendMs += actor.ms
      receiveMs += others.meanMs * others.clients
      bytesSent += report.bytesSent
      bytesReceived += report.deliveredBytes
    }
  }
  return {
    ...{ protocol: protocol.name, members, messages, senders },
    initiatorSetupMs: setup.actor.ms,
    initiatorSetupBytes: setup.bytesSent,
    othersSetupMs: setup.others.meanMs * setup.others.clients,
    othersSetupBytesReceived: setup.deliveredBytes,
    ...{ sendMs, receiveMs, bytesSent, bytesReceived },
    readings: readings(driver) - readingsBefore,
  }
}

const readings = <S>(driver: Driver<S>): number => driver.people.reduce((sum, { messages }) => sum + messages.length, 0)
