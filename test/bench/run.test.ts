/** Runs of the benchmark in this process, as small as they get: verified results, the shape of the JSON, interruption. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRecorded } from '../../bench/report/recorded.ts'
import { type BenchIo, KNOWN, runBench } from '../../bench/run.ts'
import { SCENARIOS } from '../../bench/scenarios.ts'
import { faultsOf } from './run-schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'copath-bench-'))
beforeAll(() => {
  process.env['COPATH_FIXTURES'] = join(folder, 'fixtures')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function bench(args: readonly string[], onStatus: (text: string, stop: () => void) => void = () => undefined) {
  const stop = new AbortController()
  const texts = { out: '', err: '' }
  const io: BenchIo = {
    out: text => void (texts.out += `${text}\n`),
    err: text => void (texts.err += `${text}\n`),
    status: text => onStatus(text, () => stop.abort()),
    signal: stop.signal,
  }
  return { code: await runBench(args, io), ...texts }
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

describe('the benchmark', () => {
  it('measures every scenario; on standard output is JSON in the form that is promised, and nothing else', async () => {
    const { code, out, err } = await bench(['all', '--members', '8', '--rounds', '1', '--quick', '--json', '-'])
    expect(code).toBe(0)
    for (const { title } of Object.values(SCENARIOS)) expect(err).toContain(`## ${title}`)
    const run = JSON.parse(out)
    expect(faultsOf(run)).toEqual([])
    // what the report needs is there
    expect(readRecorded(out, '-').results).toHaveLength(run.results.length)
    expect(run.machine).toMatch(/\d+ x /)
    expect(run.runtime).toBe(`Node.js ${process.version}`)
    expect(run.wasm).toMatch(/wasm/)
    const rowOf = (operation: string) => run.results.find((r: { operation: string }) => r.operation === operation)
    const first = rowOf('first commit, blank parents: create')
    // one encryption for each of the seven others, and the two around the message
    expect(first).toMatchObject({ scenario: 'commit', subject: 'copath', members: 8, counts: { dh: 7, aead: 9 } })
    expect(first.medianMs).toBeGreaterThan(0)
    expect(rowOf('commit: process')).toMatchObject({ scenario: 'process', counts: { dh: 1 } })
    expect(rowOf('found: one commit adds all').counts.verify).toBeGreaterThanOrEqual(14)
    for (const mix of ['stable', 'somewhat stable', 'high fluctuation']) {
      expect(rowOf(`${mix}: send an operation, mean`).bytes).toBeGreaterThan(256)
    }
    expect(rowOf('catch up on 100 commits').counts.verify).toBeGreaterThanOrEqual(100)
  }, 120_000)

  it('says where JSON cannot be written, or read, and what can be run', async () => {
    const taken = join(folder, 'taken')
    writeFileSync(taken, '{}')
    for (const [args, sentence] of [
      [['codec', '--json', join(taken, 'x.json')], /cannot be written \(.*\)\. Name another file\./],
      [['codec', '--report', join(taken, 'x')], /cannot be written/],
      [['codec', '--report', taken], /is a file, not a folder/],
      [['codec', '--json', folder], /cannot be written \(EISDIR\)/],
      ...['0', '-1', '1e9', 'abc'].map(size => [['codec', `--members=${size}`], /from 4 to 262144, not "/] as const),
      [['diff', taken, taken], /is no run of/],
      [['diff', join(folder, 'none'), taken], /cannot be read \(ENOENT\)/],
      [['check', '--baseline', taken], /is no baseline/],
      [['nonsense'], new RegExp(`Scenarios: ${KNOWN.names.join(', ')}`)],
    ] as const) {
      const { code, out, err } = await bench(args)
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(sentence)
      expect(err).not.toMatch(/ at .*\.ts/)
    }
  })

  it('keeps what was measured when it is interrupted', async () => {
    const file = join(folder, 'interrupted.json')
    const args = ['codec', 'messages', '--members', '8', '--quick', '--json', file]
    let during: { interrupted?: boolean } = {}
    const { code, err } = await bench(args, (text, stop) => {
      if (!text.startsWith('messages')) return
      during = read(file)
      stop()
    })
    expect(code).toBe(130)
    expect(err).toContain('Interrupted')
    // a process that is killed leaves this behind
    expect(during.interrupted).toBe(true)
    const run = read(file)
    expect(run.interrupted).toBe(true)
    expect(new Set(run.results.map((r: { scenario: string }) => r.scenario))).toEqual(new Set(['codec']))
  })
})
