/** `npm run bench -- [scenario] [--quick] [--json FILE]`: measures, prints tables, writes a report. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { WORKLOAD_SIZES } from '../src/compare/index.ts'
import { artOperations } from './art.ts'
import { codecOperations } from './codec.ts'
import { compareProtocols } from './compare.ts'
import { measureGroups } from './group.ts'
import type { Measurement, Method, Operation } from './harness.ts'
import { measure } from './harness.ts'
import { primitiveOperations } from './primitives.ts'
import { collect, describeMachine, goalsTable, type Report, timesTable, writeReport } from './report.ts'
import { loadBackends, versions } from './subjects/backends.ts'
import { measureTree } from './tree.ts'
import { measureWorkload } from './workload.ts'

const THOROUGH: Method = { rounds: 7, roundMs: 120, warmUpMs: 120 }
const QUICK: Method = { rounds: 5, roundMs: 40, warmUpMs: 50 }

interface Scenario {
  readonly title: string
  readonly measure: (quick: boolean) => Promise<Measurement>
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  codec: {
    title: 'Codec: declarative schemas beside code written by hand',
    measure: async quick => measureAll(codecOperations(), quick ? QUICK : THOROUGH),
  },
  primitives: {
    title: 'Primitives: the crypto core beside OpenSSL, libsodium and noble',
    measure: async quick => {
      const operations = primitiveOperations({
        backends: await loadBackends(),
        random: length => new Uint8Array(randomBytes(length)),
        batchSizes: quick ? [64, 1024] : [64, 1024, 16384],
      })
      return measureAll(operations, quick ? QUICK : THOROUGH)
    },
  },
  group: {
    title: 'RFC 9420 groups, cipher suite 1, one thread',
    measure: async quick => measureGroups(quick ? [100, 1000] : [1000, 10_000, 100_000], quick ? 5 : 12, say),
  },
  tree: {
    title: 'Ratchet tree, cipher suite 1, one thread',
    measure: async quick => measureTree(quick ? [100, 1000, 10_000] : [1000, 10_000, 100_000], quick ? 2 : 5, say),
  },
  compare: {
    title: 'Every group-key protocol on the same work',
    measure: async quick => compareProtocols(quick ? [10] : [10, 100, 1000, 100_000], say),
  },
  workload: {
    title: "The workload of ART's proof of concept: fresh keys with each of 100 messages",
    measure: async quick =>
      measureWorkload(quick ? WORKLOAD_SIZES.slice(0, 5) : [...WORKLOAD_SIZES, 1000], quick ? 20 : 100, say),
  },
  art: {
    title: 'ART: updates beside the multiplications they consist of',
    measure: async quick => measureAll(artOperations(quick ? [1_000] : [1_000, 100_000]), quick ? QUICK : THOROUGH),
  },
}

function progress(done: number, total: number, name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${done}/${total} ${name}`)
  else process.stderr.write(`${done}/${total} ${name}\n`)
}

function say(what: string): void {
  process.stderr.write(`${what}\n`)
}

async function measureAll(operations: readonly Operation[], method: Method): Promise<Measurement> {
  const measurements: Measurement[] = []
  for (const [i, operation] of operations.entries()) {
    progress(i + 1, operations.length, operation.name)
    measurements.push(await measure(operation, method))
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
  return collect(measurements)
}

async function run(name: string, scenario: Scenario, quick: boolean, jsonFile: string | undefined): Promise<void> {
  const { results, verdicts, tables = [] } = await scenario.measure(quick)
  const report: Report = {
    machine: describeMachine(),
    runtime: `Node.js ${process.version}`,
    versions: versions(),
    date: new Date().toISOString().slice(0, 10),
    results,
    verdicts,
  }
  console.log(`\n${scenario.title}\n${report.runtime}, ${report.machine}\n`)
  console.log(timesTable(report.results))
  for (const table of tables) console.log(`\n${table}`)
  if (report.verdicts.length > 0) console.log(`\n${goalsTable(report.verdicts)}`)
  // compiled to build/js/bench, so the project is three levels up
  const folder = fileURLToPath(new URL('../../../reports', import.meta.url))
  const path = writeReport(`${name}-node${process.versions.node.split('.')[0]}`, scenario.title, report, folder)
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, undefined, 1)}\n`)
  console.log(`\nThe report is in ${path}`)
}

const words = process.argv.slice(2)
const name = words.find(word => !word.startsWith('--')) ?? 'primitives'
const scenario = SCENARIOS[name]
const jsonAt = words.indexOf('--json')
if (scenario === undefined) {
  console.error(`There is no scenario "${name}"; there are: ${Object.keys(SCENARIOS).join(', ')}.`)
  process.exitCode = 2
} else {
  await run(name, scenario, words.includes('--quick'), jsonAt < 0 ? undefined : words[jsonAt + 1])
}
