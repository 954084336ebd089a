/** The Wasm modules: no imports, and the same bytes from two builds in two folders as in build/wasm and in the embedded source. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MODULES = ['symmetric', 'curve-fma', 'curve-integer']
const SOURCES = ['assembly', 'asconfig.json', 'package.json', 'tools/build-wasm.mjs']
const root = fileURLToPath(new URL('..', import.meta.url))
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const digests = folder => MODULES.map(name => sha256(readFileSync(join(folder, `build/wasm/${name}.wasm`))))

function report(check, good, ...more) {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${check}`)
  for (const line of more) console.log(`       ${line}`)
  if (!good) process.exitCode = 1
}

/** The numbers of a module's sections, read here because an engine without relaxed SIMD would refuse one of the modules. */
function sectionsOf(wasm) {
  const sections = []
  for (let at = 8; at < wasm.length; ) {
    sections.push(wasm[at++])
    let size = 0
    let shift = 0
    do {
      size |= (wasm[at] & 127) << shift
      shift += 7
    } while (wasm[at++] >= 128)
    at += size
  }
  return sections
}

const IMPORTS = 2
for (const name of MODULES) {
  const sections = sectionsOf(readFileSync(join(root, `build/wasm/${name}.wasm`)))
  report(`${name} imports nothing`, sections.length > 0 && !sections.includes(IMPORTS))
}

/** Builds from a copy of the sources, in a folder of another name and depth. */
async function buildIn(folder) {
  for (const source of SOURCES) cpSync(join(root, source), join(folder, source), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'src/crypto/backends/wasm'), { recursive: true })
  await promisify(execFile)(process.execPath, ['tools/build-wasm.mjs'], { cwd: folder })
  return {
    wasm: digests(folder),
    embedded: sha256(readFileSync(join(folder, 'src/crypto/backends/wasm/modules.generated.ts'))),
  }
}

const temporary = mkdtempSync(join(tmpdir(), 'copath-wasm-'))
try {
  const folders = [join(temporary, 'a'), join(temporary, 'another/place')]
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  const [one, other] = await Promise.all(folders.map(buildIn))
  const here = digests(root)
  for (const [i, name] of MODULES.entries()) {
    const same = one.wasm[i] === other.wasm[i] && one.wasm[i] === here[i]
    report(`${name} is reproducible`, same, ...(same ? [here[i]] : [one.wasm[i], other.wasm[i], here[i]]))
  }
  const embedded = sha256(readFileSync(join(root, 'src/crypto/backends/wasm/modules.generated.ts')))
  report('the embedded source is reproducible', one.embedded === other.embedded && one.embedded === embedded)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
