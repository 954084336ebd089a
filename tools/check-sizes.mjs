/** Size budgets: the Wasm modules together, and what a bundler makes of the entry copath/crypto with them embedded. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const WASM_BUDGET = 128 * 1024
const OWN_BUDGET = 60 * 1024
const PACKAGES_BUDGET = 24 * 1024
const MODULES = ['symmetric', 'curve-fma', 'curve-integer']

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Bytes of a minified bundle after gzip, without packages if so wished, and without the Wasm modules. */
async function bundled({ packages, wasm }) {
  const build = await rolldown({
    input: path('dist/crypto/index.js'),
    platform: 'browser',
    external: packages ? [] : [/^@noble\//],
    plugins: [
      {
        name: 'without-wasm',
        load: id => (!wasm && id.endsWith('modules.generated.js') ? 'export const MODULES = {}' : undefined),
      },
    ],
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  return gzipSync(output.map(chunk => chunk.code ?? '').join(''), { level: 9 }).length
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

const own = await bundled({ packages: false, wasm: true })
report('copath/crypto with its Wasm, minified, gzip', own, OWN_BUDGET)
const glue = await bundled({ packages: false, wasm: false })
console.log(`       Wasm ${own - glue}, all else ${glue}`)
const all = await bundled({ packages: true, wasm: true })
report('the packages of the fallback, @noble, on top', all - own, PACKAGES_BUDGET)
console.log(`       all together ${all}`)
