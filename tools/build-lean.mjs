/** copath/lean: what `copath` exports as one minified file for browsers, with WebAssembly alone: no packages, no other backends. */
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { STUDY_ADVICE } from '../dist/base/study-error-codes.js'

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))

const STUBS = [
  // nothing to choose from, and nowhere else for long inputs to go
  [
    /[\\/]crypto[\\/]default-choice\.js$/,
    `import { findWasmBackend } from './backends/wasm/index.js'
     export const presentBackends = () => [findWasmBackend()].filter(backend => backend !== undefined)
     export const NODE_FOR_LONG = {}`,
  ],
  // words for what suites 1 and 3 here never give
  [/[\\/]base[\\/]study-error-codes\.js$/, 'export const STUDY_ADVICE = {}'],
  // types written out, for people
  [
    /[\\/]codec[\\/]declare\.js$/,
    `const none = () => ''
     export { none as declareCases, none as declareEnumeration, none as declareStruct }
     export { none as shapeOfSelect, none as shapeOfDependent }`,
  ],
]
const onlyWasm = { name: 'only-wasm', load: id => STUBS.find(([file]) => file.test(id))?.[1] }

const build = await rolldown({
  input: path('dist/index.js'),
  platform: 'browser',
  plugins: [onlyWasm],
  // no getter here does anything but answer
  treeshake: { propertyReadSideEffects: false },
})
const { output } = await build.write({ file: path('dist/lean.js'), format: 'esm', minify: true, codeSplitting: false })
await build.close()
const [{ code, imports, dynamicImports, moduleIds }] = output
const strays = [...imports, ...dynamicImports, ...moduleIds.filter(id => id.includes('node_modules'))]
if (strays.length > 0) throw new Error(`dist/lean.js is to stand alone, and holds ${strays.join(', ')}`)

const speechless = Object.keys(STUDY_ADVICE).filter(name => code.includes(`\`${name}\``) || code.includes(`"${name}"`))
if (speechless.length > 0) throw new Error(`dist/lean.js throws what it has no words for: ${speechless.join(', ')}`)
