/** Puts the benchmarks into dist/bench, where they use the library that lies beside them. Types are checked by `npm run check`. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))
const { config } = ts.readConfigFile(path('tsconfig.json'), ts.sys.readFile)
const { options } = ts.convertCompilerOptionsFromJson(
  { ...config.compilerOptions, noEmit: false, module: 'esnext', moduleResolution: 'bundler' },
  path('.'),
)
/** Imports of the sources, as seen from dist/bench. */
const SOURCES = /(?<=from '|import\(')((?:\.\.\/)+)src\//g

rmSync(path('dist/bench'), { recursive: true, force: true })
const names = readdirSync(path('bench'), { recursive: true }).map(name => name.replaceAll('\\', '/'))
for (const name of names.filter(name => name.endsWith('.ts'))) {
  const source = readFileSync(path(`bench/${name}`), 'utf8').replace(SOURCES, '$1')
  const { outputText } = ts.transpileModule(source, { compilerOptions: options, fileName: path(`bench/${name}`) })
  const target = path(`dist/bench/${name.replace(/\.ts$/, '.js')}`)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, outputText)
}
for (const name of names.filter(name => name.endsWith('.json'))) {
  copyFileSync(path(`bench/${name}`), join(path('dist/bench'), name))
}

// a specifier that was not rewritten would be found by the first user only
for (const name of readdirSync(path('dist/bench'), { recursive: true }).filter(name => name.endsWith('.js'))) {
  const file = join(path('dist/bench'), name)
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?['"](\.[^'"]+)['"]/g)) {
    if (existsSync(join(dirname(file), specifier))) continue
    console.error(`dist/bench/${name} imports ${specifier}, which is not there`)
    process.exitCode = 1
  }
}
