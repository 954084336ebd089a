/** Every group-key protocol on the same work: counts, bytes, rounds and times; above what is run here, the formulas. */
import {
  art,
  cliques,
  Driver,
  FORMULAS,
  type GroupProtocol,
  type OperationReport,
  pairwise,
  senderKeys,
  treeKem,
  UPDATE_BYTES,
} from '../src/compare/index.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import type { Measurement, Result } from './harness.ts'
import { markdownTable, showTime } from './report.ts'

const SCENARIO = 'compare'
const PROTOCOLS = [treeKem, art, cliques, pairwise, senderKeys] as unknown as readonly GroupProtocol<unknown>[]
/** Up to here everybody is online; above, the first, the second and the last member are. */
const ALL_ONLINE = 100
const CLIQUES_HERE = 100
const TEXT = { kind: 'send', plaintext: new Uint8Array(32).fill(1) } as const
const HEAD = [
  'operation',
  'n',
  'protocol',
  'dh + base',
  'signed',
  'AEAD',
  'most dh of another',
  'packets',
  'bytes sent',
]
const MORE = ['bytes delivered', 'rounds', 'actor', 'another, mean', 'state']

type Row = readonly string[]

const show = (value: number): string => Math.round(value).toLocaleString('en')

function measuredRow(operation: string, n: number, name: string, report: OperationReport): Row {
  const { actor, others } = report
  const { dh, base, sign, aead } = actor.counts
  // bytes are those of a group in which all are online or get their packets later
  const delivered = show(report.deliveredBytes)
  return [
    ...[operation, show(n), name, `${show(dh)} + ${show(base)}`, show(sign), show(aead), show(others.most.dh)],
    ...[show(report.packets), show(report.bytesSent), delivered, show(report.rounds)],
    ...[showTime(actor.ms), showTime(others.meanMs), report.stateBytes === undefined ? '-' : show(report.stateBytes)],
  ]
}

function formulaRows(n: number): Row[] {
  return PROTOCOLS.flatMap(({ name, traits }) =>
    Object.entries(FORMULAS[name] ?? {}).map(([operation, formula]): Row => {
      const { dh, base, aead, packets, receiverDh } = formula(n)
      const bytes = operation === 'update' ? UPDATE_BYTES[name]?.(n) : undefined
      const note = n > traits.maxMembers ? 'formula, beyond its use' : 'formula'
      return [
        ...[operation, show(n), name, `${show(dh)} + ${show(base)}`, '-', show(aead), show(receiverDh), show(packets)],
        ...[bytes === undefined ? '-' : show(bytes), '-', '-', note, note, '-'],
      ]
    }),
  )
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

/** Runs the work at these sizes; the tables come with the measurement. */
export function compareProtocols(sizes: readonly number[], say: (what: string) => void): Measurement {
  const rows: Row[] = []
  const results: Result[] = []
  for (const n of sizes) {
    for (const protocol of PROTOCOLS) {
      if (n > CLIQUES_HERE && protocol.name === cliques.name) continue
      say(`${protocol.name}, ${show(n)} members`)
      for (const [operation, report] of work(protocol, n)) {
        rows.push(measuredRow(operation, n, protocol.name, report))
        results.push(resultOf(operation, n, protocol.name, report))
      }
    }
  }
  const order = [...new Set(rows.map(([operation]) => operation!))]
  const sorted = order.flatMap(operation => rows.filter(row => row[0] === operation))
  const tables = [
    'Times are of one run each, and those of 1,000 members of the three who are online.',
    propertyTable(),
    markdownTable([...HEAD, ...MORE], sorted),
    'From the formulas, which the tests hold against counters. "update" of TreeKEM is one in a tree without blank nodes.',
    markdownTable([...HEAD, ...MORE], [...formulaRows(1_000), ...formulaRows(100_000)]),
  ]
  return { results, verdicts: [], tables }
}
