/** Where vector files are. */
import { closeSync, existsSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { CliUsageError } from '../command.ts'
import { reasonOf } from '../files.ts'
import { JSON_NAME } from './kinds.ts'

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
  /** Why it cannot be read, or the folder that it is. */
  readonly unreadable?: string
}

/** The JSON files in a folder and in those inside it, in order of their names; or the one file that was named. */
export function findFiles(place: string): VectorFile[] {
  let isFolder: boolean
  try {
    isFolder = statSync(place).isDirectory()
    if (isFolder) readdirSync(place)
  } catch (error) {
    throw new CliUsageError(`${place} ${reasonOf(error)}. Name a folder of vector files.`)
  }
  if (!isFolder) return [{ path: place, name: basename(place) }]
  const files = new Walk(place).files
  if (files.length === 0) throw new CliUsageError(`${place} holds no JSON files. Name a folder of vector files.`)
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What is in a folder, links followed, no folder entered twice. */
class Walk {
  readonly files: VectorFile[] = []
  readonly #root: string
  readonly #entered = new Set<string>()

  constructor(root: string) {
    this.#root = root
    this.#enter(root)
  }

  #enter(folder: string): void {
    try {
      const real = realpathSync(folder)
      if (this.#entered.has(real)) return
      this.#entered.add(real)
      for (const name of readdirSync(folder)) this.#meet(join(folder, name), name)
    } catch (error) {
      this.#take(folder, reasonOf(error))
    }
  }

  #meet(path: string, name: string): void {
    const isJson = JSON_NAME.test(name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) {
      if (!name.startsWith('.') && name !== 'node_modules') this.#enter(path)
    } else if (isJson ? found === undefined || found.isFile() : found?.isFile() && beginsLikeJson(path)) {
      this.#take(path)
    }
  }

  #take(path: string, unreadable?: string): void {
    const name = relative(this.#root, path)
    this.files.push(unreadable === undefined ? { path, name } : { path, name, unreadable })
  }
}

/** Whether a file whose name says nothing begins as a list of objects, or as one object. */
function beginsLikeJson(path: string): boolean {
  const head = Buffer.alloc(256)
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return /^\ufeff?\s*(?:\[\s*)?\{\s*"/.test(head.toString('utf8', 0, readSync(file, head)))
  } catch {
    return false
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
