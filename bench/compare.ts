/** Every group-key protocol on the same work: counts, bytes, rounds and times; above what is run here, the formulas. */
import {
  art,
  type CountedOperation,
  cliques,
  Driver,
  FORMULAS,
  type GroupProtocol,
  historicalSmmp,
  type OperationReport,
  pairwise,
  senderKeys,
  smmp,
  treeKem,
  UPDATE_BYTES,
} from '../src/compare/index.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import { claimsTable } from './claims.ts'
import type { Measurement, Result } from './harness.ts'
import { markdownTable, showTime } from './report.ts'

const SCENARIO = 'compare'
const ALL = [treeKem, art, cliques, pairwise, senderKeys, smmp, historicalSmmp({ unsafeHistorical: true })]
const PROTOCOLS = ALL as unknown as readonly GroupProtocol<unknown>[]
/** Sizes of the table: what is not run at one of them is from the formulas. */
const SIZES = [10, 100, 1_000, 100_000]
/** Up to here everybody is online; above, the first, the second and the last member are. */
const ALL_ONLINE = 100
const TEXT = { kind: 'send', plaintext: new Uint8Array(32).fill(1) } as const
const HEAD = [
  ...['operation', 'n', 'protocol', 'actor', 'another, mean', 'dh + base', 'sign', 'verify', 'AEAD', 'hash', 'KDF'],
  ...['most dh of another', 'packets', 'bytes sent', 'bytes delivered', 'rounds', 'state'],
]

type Row = readonly string[]

const show = (value: number): string => Math.round(value).toLocaleString('en')

/** Whether a protocol is run at a size, and not only computed. */
const runsAt = ({ traits }: GroupProtocol<unknown>, n: number): boolean =>
  n <= ALL_ONLINE || (traits.asynchronous && n <= traits.maxMembers)

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

function formulaRows(n: number, isMeasured: boolean): Row[] {
  return PROTOCOLS.filter(protocol => !(isMeasured && runsAt(protocol, n))).flatMap(({ name, traits }) =>
    Object.entries(FORMULAS[name] ?? {}).map(([operation, formula]): Row => {
      const { dh, base, aead, packets, receiverDh } = formula(n)
      const bytes = operation === 'update' ? UPDATE_BYTES[name]?.(n) : undefined
      const note = n > traits.maxMembers ? 'formula, beyond its use' : 'formula'
      const [, kind] = operation.split(' ')
      const rounds = traits.rounds((kind ?? operation) as Exclude<CountedOperation, `first ${string}`>, n)
      return [
        ...[operation, show(n), name, note, note, `${show(dh)} + ${show(base)}`, '-', '-', show(aead), '-', '-'],
        ...[show(receiverDh), show(packets), bytes === undefined ? '-' : show(bytes), '-', show(rounds), '-'],
      ]
    }),
  )
}

/** In groups too large for everybody to update here, what an update costs once everybody has. */
function fullTreeRows(n: number): Row[] {
  return [treeKem.name, art.name].map((name): Row => {
    const { dh, base, aead, packets, receiverDh } = FORMULAS[name]!.update!(n)
    const rest = [show(receiverDh), show(packets), show(UPDATE_BYTES[name]!(n)), '-', '1', '-']
    const note = 'formula'
    return ['update', show(n), name, note, note, `${show(dh)} + ${show(base)}`, '-', '-', show(aead), '-', '-', ...rest]
  })
}

function resultOf(operation: string, members: number, subject: string, report: OperationReport): Result {
  const { ms, counts } = report.actor
  const row = { scenario: SCENARIO, operation, subject, members }
  return { ...row, medianMs: ms, minMs: ms, spread: 0, bytes: report.bytesSent, counts: { ...counts }, note: 'one run' }
}

/** The work: a group is made, everybody or a few speak, keys are changed, somebody comes, somebody goes. */
function work(protocol: GroupProtocol<unknown>, n: number): Map<string, OperationReport> {
  const driver = new Driver(protocol, { seed: `compare ${n}`, provider: defaultProvider() })
  const everybody = Array.from({ length: n }, (_, i) => `member ${i}`)
  const online = n <= ALL_ONLINE ? everybody : [...everybody.slice(0, 2), everybody.at(-1)!]
  if (n > ALL_ONLINE) for (const id of everybody.slice(2, -1)) driver.network.disconnect(id)
  const reports = new Map<string, OperationReport>()
  reports.set('create', driver.run('member 0', { kind: 'create', others: everybody.slice(1) }))
  reports.set('first message', driver.run('member 0', TEXT))
  if (n <= ALL_ONLINE) for (const id of online.slice(1, 3)) driver.run(id, TEXT)
  reports.set('message', driver.run('member 0', TEXT))
  reports.set('first update', driver.run('member 1', { kind: 'update' }))
  // by then no node of a small tree is blank
  if (n <= ALL_ONLINE / 10) for (const id of online) driver.run(id, { kind: 'update' })
  if (n <= ALL_ONLINE / 10) reports.set('update', driver.run('member 0', { kind: 'update' }))
  reports.set('add', driver.run('member 0', { kind: 'add', who: `member ${n}` }))
  reports.set('remove', driver.run('member 0', { kind: 'remove', who: `member ${n - 2}` }))
  reports.set('message after a removal', driver.run('member 0', TEXT))
  return reports
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
  ]
  const rows = PROTOCOLS.map(({ name, traits }) => [
    ...[name, yes(traits.asynchronous), traits.needsTotalOrder ? 'needed' : 'not needed', yes(traits.forwardSecrecy)],
    ...[yes(traits.postCompromiseSecurity), yes(traits.deniable), show(traits.rounds('create', 100))],
  ])
  return markdownTable(head, rows)
}

/** Runs the work at these sizes, and computes it at the others; the tables come with the measurement. */
export function compareProtocols(sizes: readonly number[], say: (what: string) => void): Measurement {
  const rows: Row[] = []
  const results: Result[] = []
  for (const n of sizes) {
    for (const protocol of PROTOCOLS.filter(other => runsAt(other, n))) {
      say(`${protocol.name}, ${show(n)} members`)
      for (const [operation, report] of work(protocol, n)) {
        rows.push(measuredRow(operation, n, protocol.name, report))
        results.push(resultOf(operation, n, protocol.name, report))
      }
    }
  }
  for (const n of SIZES) {
    const isMeasured = sizes.includes(n)
    rows.push(...formulaRows(n, isMeasured))
    if (isMeasured && n > ALL_ONLINE / 10) rows.push(...fullTreeRows(n))
  }
  const order = [...new Set(rows.map(([operation]) => operation!))]
  const sorted = order.flatMap(operation => rows.filter(row => row[0] === operation))
  const tables = [
    'Times are of one run each, and those above 100 members of the three who are online.',
    propertyTable(),
    'SMMP of 2014 keeps both promises about stolen states only until a packet is lost: resynchronising makes its keys public constants.',
    markdownTable(HEAD, sorted),
    'Rows that say "formula" are computed; the tests hold the formulas against counters. "update" is one in a tree without blank nodes.',
    claimsTable(Math.max(...sizes.filter(n => n > ALL_ONLINE), 1_000)),
  ]
  return { results, verdicts: [], tables }
}
