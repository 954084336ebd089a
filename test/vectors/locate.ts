/** Finds test vectors that others publish and this repository does not carry: COPATH_VECTORS, ../shared/vectors, .vectors. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

const project = fileURLToPath(new URL('../..', import.meta.url))
const places = [process.env['COPATH_VECTORS'], join(project, '../shared/vectors'), join(project, '.vectors')]
const folder = places.find(place => place !== undefined && existsSync(place))

/** The parsed vector file, such as `wycheproof/x25519_test.json`, or undefined where no vectors are installed. */
export function readVectors<T>(file: string): T | undefined {
  if (folder === undefined || !existsSync(join(folder, file))) return undefined
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as T
}

/** A suite over a vector file; without the file it is skipped, and its title says how to get it. */
export function describeVectors<T>(file: string, suite: (vectors: T) => void): void {
  const vectors = readVectors<T>(file)
  if (vectors === undefined)
    describe.skip(`${file} (not installed: run "npm run vectors", or set COPATH_VECTORS)`, () => {})
  else describe(file, () => suite(vectors))
}
