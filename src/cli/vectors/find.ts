/** Where vector files are. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { CliUsageError } from '../command.ts'
import { reasonOf } from '../files.ts'

/** Where vectors are looked for that nobody named. The working group's are in a folder `mls` there. */
export function defaultFolder(env: Readonly<Record<string, string | undefined>>): string {
  const places = [env['COPATH_VECTORS'] ?? '', '../shared/vectors', '.vectors'].filter(place => place !== '')
  const found = places.find(place => existsSync(place))
  if (found !== undefined) return existsSync(join(found, 'mls')) ? join(found, 'mls') : found
  throw new CliUsageError(
    'No vectors were found. Name a folder, set COPATH_VECTORS, or fetch those of the working group by "npm run vectors".',
  )
}

/** A file to be run. */
export interface VectorFile {
  readonly path: string
  /** As it is shown: relative to the folder. */
  readonly name: string
}

/** The JSON files in a folder and in those inside it, in order of their names; or the one file that was named. */
export function findFiles(place: string): VectorFile[] {
  let isFolder: boolean
  try {
    isFolder = statSync(place).isDirectory()
  } catch (error) {
    throw new CliUsageError(`${place} ${reasonOf(error)}. Name a folder of vector files.`)
  }
  if (!isFolder) return [{ path: place, name: basename(place) }]
  const files = walk(place).map(path => ({ path, name: relative(place, path) }))
  if (files.length === 0) throw new CliUsageError(`${place} holds no JSON files. Name a folder of vector files.`)
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : walk(path)
    return /\.json$/i.test(entry.name) && (entry.isFile() || entry.isSymbolicLink()) ? [path] : []
  })
}
