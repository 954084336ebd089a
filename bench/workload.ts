/** The workload of ART's proof of concept: the sizes of its evaluation, with what it published beside what is measured. */
import {
  art,
  type GroupProtocol,
  MONTH_BYTES,
  messagesWithin,
  PUBLISHED,
  pairwise,
  runWorkload,
  treeKem,
  type WorkloadReport,
} from '../src/compare/index.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import type { Watch } from './compare.ts'
import type { Result } from './harness.ts'
import { markdownTable, showTime } from './report.ts'

const SCENARIO = 'workload'
const PROTOCOLS = [art, treeKem, pairwise] as unknown as readonly GroupProtocol<unknown>[]
const HEAD = [
  ...['n', 'protocol', 'setup, initiator', 'setup, each other', 'send', 'receive, each', 'bytes a message'],
  ...['published', 'messages in 255 MB', 'bytes of setup'],
]
/** The columns of the proof of concept's own files. */
const CSV =
  'type,participants,active,init_setup_time,init_setup_bytes,others_setup_time,others_setup_bytes_sent,others_setup_bytes_received,send_time,receive_time,bytes_sent,bytes_received'

const show = (value: number): string => Math.round(value).toLocaleString('en')

function publishedFor(protocol: string, members: number): string {
  const known = protocol === 'ART' || protocol === 'pairwise' ? PUBLISHED[protocol].get(members) : undefined
  return known === undefined ? '-' : show(known)
}

function rowOf(report: WorkloadReport): string[] {
  const { protocol, members, messages, bytesSent } = report
  const others = members - 1
  const perMessage = bytesSent / messages
  return [
    ...[show(members), protocol, showTime(report.initiatorSetupMs), showTime(report.othersSetupMs / others)],
    ...[showTime(report.sendMs / messages), showTime(report.receiveMs / messages / others), show(perMessage)],
    ...[publishedFor(protocol, members), show(messagesWithin(MONTH_BYTES, perMessage))],
    show(report.initiatorSetupBytes),
  ]
}

function csvOf(report: WorkloadReport): string {
  const ns = (ms: number): number => Math.round(ms * 1e6)
  return [
    ...[report.protocol, report.members, report.members, ns(report.initiatorSetupMs), report.initiatorSetupBytes],
    ...[ns(report.othersSetupMs), 0, report.othersSetupBytesReceived, ns(report.sendMs), ns(report.receiveMs)],
    ...[report.bytesSent, report.bytesReceived],
  ].join(',')
}

function resultOf({ protocol, members, messages, sendMs, bytesSent }: WorkloadReport): Result {
  const medianMs = sendMs / messages
  const row = { scenario: SCENARIO, operation: 'change keys and send 32 bytes', subject: protocol, members }
  return { ...row, medianMs, minMs: medianMs, spread: 0, bytes: bytesSent / messages, note: 'mean of one run' }
}

/** Runs it at these sizes; what comes back are the table and the proof of concept's file. */
export async function measureWorkload(sizes: readonly number[], messages: number, watch: Watch): Promise<string[]> {
  const reports: WorkloadReport[] = []
  for (const members of sizes) {
    for (const protocol of PROTOCOLS) {
      await watch.step(`${protocol.name}, ${show(members)} members, ${messages} messages`)
      const report = runWorkload(protocol, { members, messages, provider: defaultProvider() })
      watch.add(resultOf(report))
      reports.push(report)
    }
  }
  return [markdownTable(HEAD, reports.map(rowOf)), [CSV, ...reports.map(csvOf)].join('\n')]
}
