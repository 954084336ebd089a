/** Every group-key protocol on the same work: counts, bytes, rounds and times; above what is run here, the formulas. */
import {
  art,
  type CostFormulas,
  type CountedOperation,
  cliques,
  Driver,
  FORMULAS,
  type GroupProtocol,
  historicalSmmp,
  type OperationReport,
  pairwise,
  rotationPackets,
  senderKeys,
  smmp,
  treeKem,
  UPDATE_BYTES,
} from '../src/compare/index.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import { claimsTable } from './claims.ts'
import type { Result } from './harness.ts'
import { markdownTable, showTime } from './report.ts'

const SCENARIO = 'compare'
const ALL = [treeKem, art, cliques, pairwise, senderKeys, smmp, historicalSmmp({ unsafeHistorical: true })]
const PROTOCOLS = ALL as unknown as readonly GroupProtocol<unknown>[]
/** Sizes of the table: what is not run at one of them is from the formulas. */
export const COMPARED_SIZES: readonly number[] = [10, 100, 1_000, 100_000]
/** Up to here everybody is online; above, the first, the second and the last member are. */
const ALL_ONLINE = 100
/** Up to here everybody updates before the changes that are measured, so that no node of a tree is blank. */
const ALL_UPDATE = 10
/** Above, what a change of keys costs is not run where it is a session with each member, as the creation is. */
const MOST_NEW_SESSIONS = 10_000
const textOf = (length: number) => ({ kind: 'send', plaintext: new Uint8Array(length).fill(1) }) as const
const TEXT = textOf(32)
/** What the documents' claims are about. */
const KILOBYTE = textOf(1000)
const HEAD = [
  ...['operation', 'n', 'protocol', 'actor', 'another, mean', 'dh + base', 'sign', 'verify', 'AEAD', 'hash', 'KDF'],
  ...['most dh of another', 'packets', 'bytes sent', 'bytes delivered', 'rounds', 'state'],
]
const EVERYBODY_HEAD = ['n', 'protocol', 'packets', 'bytes sent', 'how']

type Row = readonly string[]

/** Who hears of it: what is being done, before it is, and what was measured, at once. */
export interface Watch {
  step(what: string): Promise<void>
  add(result: Result): void
}

/** What everybody left after a removal sends to say one thing each. */
interface Everybody {
  readonly packets: number
  readonly bytes: number | undefined
  readonly how: string
}

const show = (value: number): string => Math.round(value).toLocaleString('en')

/** Whether a protocol is run at a size, and not only computed. */
const runsAt = ({ traits }: GroupProtocol<unknown>, n: number): boolean => n <= ALL_ONLINE || traits.asynchronous

const formulasOf = ({ name }: GroupProtocol<unknown>): CostFormulas => FORMULAS[name] ?? {}

function measuredRow(operation: string, n: number, name: string, report: OperationReport): Row {
  const { actor, others } = report
  const { dh, base, sign, verify, aead, hash, kdf } = actor.counts
  return [
    ...[operation, show(n), name, showTime(actor.ms), showTime(others.meanMs), `${show(dh)} + ${show(base)}`],
    ...[sign, verify, aead, hash, kdf, others.most.dh, report.packets, report.bytesSent].map(show),
    // bytes are those of a group in which all are online or get their packets later
    ...[show(report.deliveredBytes), show(report.rounds)],
    report.stateBytes === undefined ? '-' : show(report.stateBytes),
  ]
}

/** What the formulas say of the operations that were not measured. */
function formulaRows(protocol: GroupProtocol<unknown>, n: number, measured: ReadonlySet<string>): Row[] {
  const { name, traits } = protocol
  const note = n > traits.maxMembers ? 'formula, beyond its use' : 'formula'
  return Object.entries(formulasOf(protocol)).flatMap(([key, formula]): Row[] => {
    const operation = key === 'send' ? 'message' : key
    if (measured.has(operation)) return []
    const { dh, base, aead, packets, receiverDh } = formula(n)
    const bytes = operation === 'update' ? UPDATE_BYTES[name]?.(n) : undefined
    const [, kind] = key.split(' ')
    const rounds = traits.rounds((kind ?? key) as Exclude<CountedOperation, `first ${string}`>, n)
    return [
      [
        ...[operation, show(n), name, note, note, `${show(dh)} + ${show(base)}`, '-', '-', show(aead), '-', '-'],
        ...[show(receiverDh), show(packets), bytes === undefined ? '-' : show(bytes), '-', show(rounds), '-'],
      ],
    ]
  })
}

function resultOf(operation: string, members: number, subject: string, report: OperationReport): Result {
  const { ms, counts } = report.actor
  const row = { scenario: SCENARIO, operation, subject, members }
  return { ...row, medianMs: ms, minMs: ms, spread: 0, bytes: report.bytesSent, counts: { ...counts }, note: 'one run' }
}

/** The work: a group is made, everybody or a few speak, keys are changed, somebody comes, somebody goes. */
function work(protocol: GroupProtocol<unknown>, n: number) {
  const driver = new Driver(protocol, { seed: `compare ${n}`, provider: defaultProvider() })
  const everybody = Array.from({ length: n }, (_, i) => `member ${i}`)
  const online = n <= ALL_ONLINE ? everybody : [...everybody.slice(0, 2), everybody.at(-1)!]
  if (n > ALL_ONLINE) for (const id of everybody.slice(2, -1)) driver.network.disconnect(id)
  const formulas = formulasOf(protocol)
  const first = (change: 'update' | 'add' | 'remove'): string =>
    n > ALL_UPDATE && formulas[`first ${change}`] !== undefined ? `first ${change}` : change
  const reports = new Map<string, OperationReport>()
  reports.set('create', driver.run('member 0', { kind: 'create', others: everybody.slice(1) }))
  reports.set('first message', driver.run('member 0', TEXT))
  if (n <= ALL_ONLINE) for (const id of online.slice(1, 3)) driver.run(id, TEXT)
  reports.set('message', driver.run('member 0', TEXT))
  reports.set('message of 1,000 bytes', driver.run('member 0', KILOBYTE))
  if (n <= ALL_UPDATE) for (const id of [...online.slice(1), ...online]) driver.run(id, { kind: 'update' })
  if (n <= MOST_NEW_SESSIONS || (formulas.update?.(n).packets ?? 1) < n - 1) {
    reports.set(first('update'), driver.run('member 0', { kind: 'update' }))
  }
  reports.set(first('add'), driver.run('member 0', { kind: 'add', who: `member ${n}` }))
  reports.set(first('remove'), driver.run('member 0', { kind: 'remove', who: `member ${n - 2}` }))
  const after = driver.run('member 0', TEXT)
  reports.set('message after a removal', after)
  const left = [...everybody.slice(0, n - 2), ...everybody.slice(n - 1), `member ${n}`]
  const said = n <= ALL_ONLINE ? [after, ...left.slice(1).map(id => driver.run(id, TEXT))] : [after]
  const sum = (of: (report: OperationReport) => number): number =>
    said.reduce((total, report) => total + of(report), 0) * (left.length / said.length)
  const how = said.length === left.length ? 'measured' : `one member measured, times ${show(left.length)}`
  const all: Everybody = { packets: sum(({ packets }) => packets), bytes: sum(({ bytesSent }) => bytesSent), how }
  return { reports, all }
}

/** The same without running anything: a message each and, with sender keys, everybody's new key for everybody. */
function everybodyByFormula(protocol: GroupProtocol<unknown>, n: number): Everybody {
  const keys = protocol.name === senderKeys.name ? rotationPackets(n) : 0
  const { packets } = formulasOf(protocol).send!(n)
  return { packets: n * packets + keys, bytes: undefined, how: 'formula' }
}

const yes = (value: boolean): string => (value ? 'yes' : 'no')

/** What the tests of leaks and orders have found out. */
function propertyTable(): string {
  const head = [
    'protocol',
    'asynchronous',
    'total order',
    'forward secrecy',
    'heals by update',
    'deniable',
    'rounds to create 100',
    'for up to',
  ]
  const rows = PROTOCOLS.map(({ name, traits }) => [
    ...[name, yes(traits.asynchronous), traits.needsTotalOrder ? 'needed' : 'not needed', yes(traits.forwardSecrecy)],
    ...[yes(traits.postCompromiseSecurity), yes(traits.deniable), show(traits.rounds('create', 100))],
    `${show(traits.maxMembers)} members`,
  ])
  return markdownTable(head, rows)
}

/** Runs the work at these sizes, and computes it at the others; what comes back are the tables. */
export async function compareProtocols(sizes: readonly number[], watch: Watch): Promise<string[]> {
  const rows: Row[] = []
  const everybody: Row[] = []
  for (const n of [...new Set([...COMPARED_SIZES, ...sizes])].sort((a, b) => a - b)) {
    for (const protocol of PROTOCOLS) {
      const { name } = protocol
      const isRun = sizes.includes(n) && runsAt(protocol, n)
      if (isRun) await watch.step(`${name}, ${show(n)} members`)
      const { reports, all } = isRun ? work(protocol, n) : { reports: new Map(), all: everybodyByFormula(protocol, n) }
      for (const [operation, report] of reports) {
        rows.push(measuredRow(operation, n, name, report))
        watch.add(resultOf(operation, n, name, report))
      }
      rows.push(...formulaRows(protocol, n, new Set(reports.keys())))
      const { packets, bytes, how } = all
      everybody.push([show(n), name, show(packets), bytes === undefined ? '-' : show(bytes), how])
    }
  }
  const order = [...new Set(rows.map(([operation]) => operation!))]
  const sorted = order.flatMap(operation => rows.filter(row => row[0] === operation))
  const most = Math.max(...sizes.filter(n => n > ALL_ONLINE), 1_000)
  await watch.step(`claims of the documents, ${show(most)} members`)
  return [
    'Times are of one run each, and those above 100 members of the three who are online; what others publish beforehand is in none of them.',
    propertyTable(),
    'SMMP of 2014 keeps both promises about stolen states only until a packet is lost: resynchronising makes its keys public constants.',
    markdownTable(HEAD, sorted),
    [
      'Rows that say "formula" are computed; the tests hold the formulas against counters. The first changes of TreeKEM are those in a tree whose',
      'members have not been online, the others those in one without blank nodes. An update with a new session for each member costs what the',
      `creation does, and is not run above ${show(MOST_NEW_SESSIONS)} members. Messages have 32 bytes of text where nothing else is said.`,
      'Above 100 members most have never answered: packets of pairwise channels still name the prekeys of their session.',
    ].join('\n'),
    `Somebody was removed, and each of the n who are left says one thing\n\n${markdownTable(EVERYBODY_HEAD, everybody)}`,
    claimsTable(most),
  ]
}
