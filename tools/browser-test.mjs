/** The built package in headless Chromium: known answers and the contract, with both Wasm modules and where WebAssembly is forbidden or missing. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { rolldown } from 'rolldown'
import { tell } from './outcomes.mjs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const STRICT = "default-src 'none'; script-src 'self'"
const WITH_WASM = `${STRICT} 'wasm-unsafe-eval'`
const FORBIDDEN = { serving: / noble /, missing: { fma: 'no-webassembly', integer: 'no-webassembly' } }

const SCENARIOS = [
  { path: '/open', what: 'WebAssembly allowed', expected: { serving: / wasm / } },
  {
    path: '/wasm-unsafe-eval',
    what: "a policy with 'wasm-unsafe-eval'",
    policy: WITH_WASM,
    expected: { serving: / wasm / },
  },
  { path: '/strict', what: "a policy without 'wasm-unsafe-eval'", policy: STRICT, expected: FORBIDDEN },
  { path: '/deleted', what: 'no WebAssembly object', before: '/delete.js', expected: FORBIDDEN },
  // Chromium has no switch for WebAssembly alone any more; without compilers it has none, as in hardened modes of browsers
  { path: '/jitless', what: 'no compilers', flags: ['--js-flags=--jitless'], expected: FORBIDDEN },
]

/** The contract of the backends, on `on` providers; `batch` is how many signatures are verified at once. */
const CONTRACTS = [
  { query: 'on=fma,integer,default&batch=10000', what: 'main thread', policy: WITH_WASM },
  { query: 'on=fma,integer,default&batch=10000&worker', what: 'worker', policy: `${WITH_WASM}; worker-src 'self'` },
  { query: 'on=default&batch=200', what: "a policy without 'wasm-unsafe-eval'", policy: STRICT },
]

const executablePath = PLACES.find(existsSync)
if (executablePath === undefined) {
  console.log('Browser tests did not run: no Chromium found (install the package "chromium")')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const alias = {
  'copath/crypto/noble': `${root}dist/crypto/backends/noble/index.js`,
  'copath/crypto/wasm': `${root}dist/crypto/backends/wasm/index.js`,
  'copath/crypto': `${root}dist/crypto/index.js`,
  vitest: `${root}test/browser/vitest.mjs`,
}

/** The contract's tests import sources; here they get what was built of them. */
const built = {
  name: 'built sources',
  resolveId(source, importer) {
    const path = source.startsWith('.') && importer ? resolve(importer, '..', source) : ''
    if (path.startsWith(`${root}src/`)) return path.replace(`${root}src/`, `${root}dist/`).replace(/\.ts$/, '.js')
  },
}

async function bundle(file) {
  const input = join(root, 'test/browser', file)
  const build = await rolldown({ input, platform: 'browser', resolve: { alias }, plugins: [built] })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  return output[0].code
}

const scripts = {
  '/page.js': await bundle('page.mjs'),
  '/contract.js': await bundle('contract.mjs'),
  '/delete.js': 'delete globalThis.WebAssembly',
}

const server = createServer(({ url }, response) => {
  const scenario = SCENARIOS.find(({ path }) => path === url)
  const contract = CONTRACTS.find(({ query }) => `/contract?${query}` === url)
  const [path] = url.split('?')
  const { policy, before } = scenario ?? contract ?? {}
  if (scenario ?? contract) {
    const scriptBefore = before ? `<script src="${before}"></script>` : ''
    const script = scenario ? '/page.js' : '/contract.js'
    response.setHeader('content-type', 'text/html')
    if (policy) response.setHeader('content-security-policy', policy)
    response.end(`<!doctype html><title>copath</title>${scriptBefore}<script type="module" src="${script}"></script>`)
  } else if (path in scripts) {
    response.setHeader('content-type', 'text/javascript')
    // a worker obeys the policy that comes with its own script
    response.setHeader('content-security-policy', WITH_WASM)
    response.end(scripts[path])
  } else {
    response.statusCode = 404
    response.end()
  }
})
await new Promise(done => server.listen(0, '127.0.0.1', done))

/** Opens one page in a browser with an empty profile and takes its report. */
async function reportOf(context, path) {
  const page = await context.newPage()
  // an interpreter without a compiler on a busy machine takes its time
  await page.goto(`http://127.0.0.1:${server.address().port}${path}`, { timeout: 180_000 })
  const handle = await page.waitForFunction(() => globalThis.copathReport, undefined, { timeout: 300_000 })
  const report = await handle.jsonValue()
  await page.close()
  return report
}

async function withBrowser(flags, body) {
  const profile = mkdtempSync(join(tmpdir(), 'copath-chromium-'))
  let context
  try {
    const args = [...FLAGS, ...flags]
    context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args })
    await body(context)
  } finally {
    await context?.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

function tellContract(what, { failure, results = [] }) {
  if (failure) results.push({ name: '', passed: 0, failures: [failure] })
  for (const { name, passed, failures } of results) {
    const good = passed > 0 && failures.length === 0
    console.log(`${good ? 'ok  ' : 'FAIL'} the contract, ${what}: ${name} ${passed}`)
    for (const line of failures) console.log(`       ${line}`)
    if (!good) process.exitCode = 1
  }
}

try {
  await withBrowser([], async context => {
    console.log(`Chromium ${context.browser()?.version() ?? ''}`.trim())
    for (const { path, what, expected, flags } of SCENARIOS) {
      if (!flags && !tell(what, await reportOf(context, path), expected)) process.exitCode = 1
    }
    for (const { query, what } of CONTRACTS) tellContract(what, await reportOf(context, `/contract?${query}`))
  })
  for (const { path, what, expected, flags } of SCENARIOS.filter(scenario => scenario.flags)) {
    await withBrowser(flags, async context => {
      if (!tell(what, await reportOf(context, path), expected)) process.exitCode = 1
    })
  }
} finally {
  server.close()
}
