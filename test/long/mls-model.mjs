/** Groups against their model for as long as one likes. Usage: node test/long/mls-model.mjs [minutes, 9 by default] [seed] */
import { startVitest } from 'vitest/node'

const [minutes = '9', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
Object.assign(process.env, { COPATH_LONG_MINUTES: minutes, COPATH_MODEL_SEED: seed })
const execArgv = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []
const test = {
  include: ['test/long/mls-model.test.ts'],
  exclude: [],
  pool: 'forks',
  execArgv,
  testTimeout: 2 ** 31 - 1,
}
const vitest = await startVitest(
  'test',
  [],
  { watch: false, config: false, reporters: ['verbose'], disableConsoleIntercept: true },
  { test },
)
await vitest.close()
