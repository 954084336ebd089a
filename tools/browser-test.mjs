/** Asks the built package for known answers in headless Chromium: with both Wasm modules, and where WebAssembly is forbidden or missing. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
]

const executablePath = PLACES.find(existsSync)
if (executablePath === undefined) {
  console.log('Browser tests did not run: no Chromium found (install the package "chromium")')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

async function bundle() {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const alias = {
    'copath/crypto/noble': `${root}dist/crypto/backends/noble/index.js`,
    'copath/crypto/wasm': `${root}dist/crypto/backends/wasm/index.js`,
    'copath/crypto': `${root}dist/crypto/index.js`,
  }
  const build = await rolldown({ input: `${root}test/browser/page.mjs`, platform: 'browser', resolve: { alias } })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  return output[0].code
}

const scripts = { '/page.js': await bundle(), '/delete.js': 'delete globalThis.WebAssembly' }

const server = createServer(({ url }, response) => {
  const scenario = SCENARIOS.find(({ path }) => path === url)
  if (scenario) {
    const before = scenario.before ? `<script src="${scenario.before}"></script>` : ''
    response.setHeader('content-type', 'text/html')
    if (scenario.policy) response.setHeader('content-security-policy', scenario.policy)
    response.end(`<!doctype html><title>copath</title>${before}<script type="module" src="/page.js"></script>`)
  } else if (url in scripts) {
    response.setHeader('content-type', 'text/javascript')
    response.end(scripts[url])
  } else {
    response.statusCode = 404
    response.end()
  }
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))

const profile = mkdtempSync(join(tmpdir(), 'copath-chromium-'))
let context
try {
  context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: FLAGS })
  console.log(`Chromium ${context.browser()?.version() ?? ''}`.trim())
  for (const { path, what, expected } of SCENARIOS) {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}${path}`)
    const handle = await page.waitForFunction(() => globalThis.copathReport, undefined, { timeout: 60_000 })
    if (!tell(what, await handle.jsonValue(), expected)) process.exitCode = 1
    await page.close()
  }
} finally {
  await context?.close()
  server.close()
  rmSync(profile, { recursive: true, force: true })
}
