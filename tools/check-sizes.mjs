/** Size budgets: the Wasm modules together, and what a bundler makes of the entry copath/crypto with them embedded. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const WASM_BUDGET = 128 * 1024
const OWN_BUDGET = 60 * 1024
const PACKAGES_BUDGET = 24 * 1024
const LEAN_BUDGET = 100 * 1000
const MESSENGER_BUDGET = 128 * 1000
const CURVES_BUDGET = 16 * 1024
const POST_QUANTUM_BUDGET = 8 * 1024
const MODULES = ['symmetric', 'curve-fma', 'curve-integer']

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Bytes of a minified bundle of entries after gzip, without packages if so wished, and without the Wasm modules; and what is in it. */
async function bundled({ packages, wasm, entries = ['crypto/index'] }) {
  const build = await rolldown({
    input: 'all',
    platform: 'browser',
    external: packages ? [] : [/^@noble\//],
    plugins: [
      {
        name: 'entries',
        resolveId: id => (id === 'all' ? id : undefined),
        load: id =>
          id === 'all'
            ? entries.map(entry => `export * from ${JSON.stringify(path(`dist/${entry}.js`))}`).join('\n')
            : undefined,
      },
      {
        name: 'without-wasm',
        load: id => (!wasm && id.endsWith('modules.generated.js') ? 'export const MODULES = {}' : undefined),
      },
    ],
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const code = output.map(chunk => chunk.code ?? '').join('')
  return { size: gzipSync(code, { level: 9 }).length, modules: output.flatMap(chunk => chunk.moduleIds ?? []) }
}

function report(what, size, budget) {
  const within = size <= budget
  console.log(`${within ? 'ok  ' : 'FAIL'} ${what}: ${size} of ${budget} bytes`)
  if (!within) process.exitCode = 1
}

const sizes = MODULES.map(name => readFileSync(path(`build/wasm/${name}.wasm`)).length)
report(
  'Wasm modules',
  sizes.reduce((sum, size) => sum + size, 0),
  WASM_BUDGET,
)
console.log(`       ${MODULES.map((name, i) => `${name} ${sizes[i]}`).join(', ')}`)

const { size: own } = await bundled({ packages: false, wasm: true })
report('copath/crypto with its Wasm, minified, gzip', own, OWN_BUDGET)
const { size: glue } = await bundled({ packages: false, wasm: false })
console.log(`       Wasm ${own - glue}, all else ${glue}`)
const { size: all, modules } = await bundled({ packages: true, wasm: true })
report('the packages of the fallback, @noble, on top', all - own, PACKAGES_BUDGET)
console.log(`       all together ${all}`)

report(
  'copath/lean: all of `copath`, suites 1 and 3, no fallback, gzip',
  gzipSync(readFileSync(path('dist/lean.js')), { level: 9 }).length,
  LEAN_BUDGET,
)
const { size: messenger } = await bundled({ packages: true, wasm: true, entries: ['index'] })
report('copath with the fallback', messenger, MESSENGER_BUDGET)

// what only some suites need is loaded by those who ask for it
const strays = modules.filter(id =>
  /@noble\/(curves\/(nist|ed448)|post-quantum)|backends\/(curves|post-quantum)/.test(id),
)
console.log(
  `${strays.length === 0 ? 'ok  ' : 'FAIL'} copath/crypto holds none of the other suites' curves ${strays.join(' ')}`,
)
if (strays.length > 0) process.exitCode = 1
for (const [entry, budget] of [
  ['curves', CURVES_BUDGET],
  ['post-quantum', POST_QUANTUM_BUDGET],
]) {
  const { size } = await bundled({ packages: true, wasm: true, entries: ['crypto/index', `crypto/backends/${entry}`] })
  report(`copath/crypto/${entry} with its packages, on top`, size - all, budget)
}
