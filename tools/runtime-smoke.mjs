/**
 * Packs and installs the built package in an empty folder and asks it for known answers in other runtimes than the one at hand, which
 * come from npm. usage: runtime-smoke.mjs [runtime ...], such as node@24 or bun; by default all of them.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { tell } from './outcomes.mjs'

const WASM = { serving: / wasm / }
// where relaxed SIMD is missing, the curves run on integers
const WASM_WITHOUT_FMA = { ...WASM, missing: { fma: 'no-fma' } }
const node = version => ({ command: ['-p', `node@${version}`, '--', 'node', 'smoke.mjs'], expected: WASM })
const RUNTIMES = {
  'node@20': { command: ['-p', 'node@20', '--', 'node', 'smoke.mjs'], expected: WASM_WITHOUT_FMA },
  'node@22': node(22),
  'node@24': node(24),
  'node@26': node(26),
  deno: { command: ['deno@2', 'run', '--allow-env', '--allow-read', 'smoke.mjs'], expected: WASM },
  bun: { command: ['bun@1', 'smoke.mjs'], expected: WASM_WITHOUT_FMA },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

/** The package as npm would install it; what it depends on comes from here. */
async function install(folder) {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'copath'), { recursive: true })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
  const [{ filename }] = JSON.parse(stdout)
  await run('tar', ['-xzf', join(folder, filename), '-C', join(modules, 'copath'), '--strip-components', '1'])
  cpSync(join(root, 'node_modules/@noble'), join(modules, '@noble'), { recursive: true, dereference: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
}

async function bundle(file) {
  const build = await rolldown({ input: join(root, 'test/runtimes/smoke.mjs'), external: /^copath\// })
  await build.write({ file, format: 'esm' })
  await build.close()
}

const wanted = process.argv.slice(2)
for (const name of wanted) if (!(name in RUNTIMES)) throw new Error(`no such runtime: ${name}`)
const folder = mkdtempSync(join(tmpdir(), 'copath-runtimes-'))
try {
  await install(folder)
  await bundle(join(folder, 'smoke.mjs'))
  for (const [name, { command, expected }] of Object.entries(RUNTIMES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    try {
      const { stdout } = await run('npx', ['-y', ...command], { cwd: folder, timeout: 300_000 })
      if (!tell(name, JSON.parse(stdout), expected)) process.exitCode = 1
    } catch (error) {
      console.log(`FAIL ${name}: ${error.stderr || error.message}`)
      process.exitCode = 1
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
