/** Fetches the test vectors that others publish into .vectors/, from fixed versions, and verifies the SHA-256 of each file. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// usage: fetch-vectors.mjs            fetches what is missing
//        fetch-vectors.mjs --check F  only verifies the files in folder F
const project = fileURLToPath(new URL('..', import.meta.url))
const sources = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const checkOnly = process.argv[2] === '--check'
const folder = (checkOnly && process.argv[3]) || `${project}/.vectors`

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

async function download(url) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`)
  return new Uint8Array(await response.arrayBuffer())
}

let wrong = 0
for (const [name, { from, files }] of Object.entries(sources)) {
  if (!checkOnly) mkdirSync(`${folder}/${name}`, { recursive: true })
  for (const [file, expected] of Object.entries(files)) {
    const path = `${folder}/${name}/${file}`
    const present = existsSync(path) && sha256(readFileSync(path)) === expected
    if (present) continue
    if (checkOnly) {
      console.error(`${name}/${file} is missing or not the expected version`)
      wrong++
      continue
    }
    const bytes = await download(`${from}/${file}`)
    if (sha256(bytes) !== expected) throw new Error(`${name}/${file} is not the expected version`)
    writeFileSync(path, bytes)
    console.log(`${name}/${file}  ${bytes.length} bytes`)
  }
}
if (wrong > 0) process.exitCode = 1
else console.log(`all vectors are in ${folder}`)
