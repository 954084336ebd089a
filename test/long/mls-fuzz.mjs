/** Forged messages and invitations for as long as one likes. Usage: node test/long/mls-fuzz.mjs [seconds] [seed] */
import { startVitest } from 'vitest/node'

const [seconds = '600', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
Object.assign(process.env, { COPATH_LONG_SECONDS: seconds, COPATH_FUZZ_SEED: seed })
const execArgv = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []
const include = ['test/long/mls-fuzz.test.ts']
const test = { include, exclude: [], pool: 'forks', execArgv, testTimeout: 2 ** 31 - 1 }
const vitest = await startVitest(
  'test',
  [],
  { watch: false, config: false, reporters: ['verbose'], disableConsoleIntercept: true },
  { test },
)
await vitest.close()
