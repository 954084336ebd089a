/** `copath vectors generate`: writes vectors of our own. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArguments, wholeNumber } from '../../arguments.ts'
import { CliUsageError, type Io } from '../../command.ts'
import { reasonOf } from '../../files.ts'
import { version } from '../../version.ts'
import { GENERATED, generateKind } from './generate.ts'

/** The suites of RFC 9420. */
const SUITES = [1, 2, 3, 4, 5, 6, 7]

const OPTIONS = {
  seed: { type: 'string', default: 'copath' },
  suites: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** Runs `copath vectors generate <args>`. */
export async function generate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS, ['OUT'])
  const folder = positionals[0]!
  const { seed } = values
  const suites = suitesIn(values.suites)
  makeRoom(folder)
  const files: { file: string; cases: number; bytes: number }[] = []
  const total = GENERATED.length * suites.length
  for (const [i, kind] of GENERATED.entries()) {
    if (io.interrupted.aborted) break
    let done = i * suites.length
    const cases = generateKind(kind, { seed, suites }, () => io.progress(kind, ++done, total))
    const text = `${JSON.stringify(cases, null, 1)}\n`
    const file = `${kind}.json`
    writeFileSync(join(folder, file), text)
    files.push({ file, cases: cases.length, bytes: text.length })
    if (!values.json)
      io.out(`${file.padEnd(36)}${String(cases.length).padStart(5)} cases${String(text.length).padStart(10)} bytes`)
    await new Promise(resume => setImmediate(resume))
  }
  io.progress('', 1, 1)
  const whole = files.length === GENERATED.length
  if (values.json)
    io.out(JSON.stringify({ copath: version(), folder, seed, suites, interrupted: !whole, files }, null, 2))
  else if (whole) io.out(`Check them: copath vectors ${folder}`)
  else io.out('Interrupted: the rest was not written.')
  return whole ? 0 : 1
}

function suitesIn(text: string | undefined): number[] {
  if (text === undefined) return SUITES
  const bounds = { name: '--suites', min: 1, max: 7 }
  return [...new Set(text.split(',').map(part => wholeNumber(part.trim(), bounds)))].sort((a, b) => a - b)
}

function makeRoom(folder: string): void {
  const taken = GENERATED.find(kind => existsSync(join(folder, `${kind}.json`)))
  if (taken !== undefined) throw new CliUsageError(`${folder} has a ${taken}.json already. Name another folder.`)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliUsageError(code === 'EEXIST' ? `${folder} is a file, not a folder.` : `${folder} ${reasonOf(error)}.`)
  }
}
