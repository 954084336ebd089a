/** Results of a run that never was, with everything a report can show and names that try to break out of it. */
import type { RecordedResult } from '../../bench/report/recorded.ts'

export const HOSTILE = '</style></svg><script>document.title="broken"</script>"\' onload=alert(1) & \u0007'

const row = (part: Partial<RecordedResult> & { operation: string }): RecordedResult => ({
  ...{ scenario: 'group', subject: 'copath', members: 1000, medianMs: 1, spread: 0.1 },
  ...part,
})

const results: RecordedResult[] = [
  // ours grows as the square root
  ...[10, 100, 1000, 10_000, 100_000].map(members =>
    row({
      operation: 'commit: create',
      members,
      medianMs: 0.1 * Math.sqrt(members),
      bytes: 500 + 150 * Math.log2(members),
    }),
  ),
  row({ operation: 'commit: create', subject: 'another', medianMs: 800, bytes: 3000 }),
  row({ operation: 'commit: create', subject: 'another', members: 10_000, medianMs: 12_000, bytes: 4000 }),
  row({ operation: 'commit: create', subject: 'the third', medianMs: 1.1 }),
  row({ operation: 'message of 1 KiB: encrypt', medianMs: 0.05 }),
  row({
    operation: 'message of 1 KiB: encrypt',
    subject: 'another',
    medianMs: 0.02,
    note: 'in its best configuration',
  }),
  ...[1000, 100_000].map(members =>
    row({ operation: 'memory of a state', members, medianMs: 0, bytes: 600 * members }),
  ),
  row({ operation: 'welcome', medianMs: 0, bytes: 81_000 }),
  row({ operation: 'welcome', subject: 'another', medianMs: 0, bytes: 120_000 }),
  row({ scenario: 'codec', operation: HOSTILE, members: 1, note: HOSTILE }),
  row({ scenario: 'codec', operation: HOSTILE, subject: HOSTILE, members: 1, medianMs: 3 }),
]

export const SAMPLE = {
  machine: '2 x processor <b>',
  runtime: 'Node.js v24.0.0',
  date: '2026-01-02',
  wasm: 'fma',
  versions: { another: '1.2.3', 'the third': '4.5.6' },
  results,
  verdicts: [
    { operation: 'commit', subject: 'copath', goal: '<= 1 ms', measured: '2 ms', reached: false },
    { operation: 'join', subject: 'copath', goal: '<= 3 s', measured: '2 s', reached: true },
  ],
  notes: ['the third: makes no messages', HOSTILE],
}
