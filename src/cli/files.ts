/** Files that somebody named on the command line. */
import { readFileSync, statSync } from 'node:fs'
import { CliUsageError } from './command.ts'

/** No file that a command reads is larger; more is refused before it is read. */
const LARGEST = 512 * 1024 * 1024

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
}

/** The bytes of a file. Throws `CliUsageError` with a sentence where there is none. */
export function readNamedFile(path: string): Uint8Array<ArrayBuffer> {
  try {
    const { size } = statSync(path)
    if (size > LARGEST) throw new CliUsageError(`${path} has ${size} bytes, more than the ${LARGEST} that are read.`)
    return Uint8Array.from(readFileSync(path))
  } catch (error) {
    if (error instanceof CliUsageError) throw error
    throw new CliUsageError(`${path} ${reasonOf(error)}.`)
  }
}

/** Why the system refused, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? `cannot be read: ${code ?? message}`
}
