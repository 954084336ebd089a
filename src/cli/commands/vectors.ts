/** `copath vectors`: runs the vectors of the MLS working group that are in a folder. */
import process from 'node:process'
import { parseArguments } from '../arguments.ts'
import { CliUsageError, type Command, type Io } from '../command.ts'
import { readNamedFile } from '../files.ts'
import { defaultFolder, findFiles, type VectorFile } from '../vectors/find.ts'
import { KINDS } from '../vectors/kinds.ts'
import { jsonOf, printFile, printHeader, printTotals, type Run, totalsOf } from '../vectors/print.ts'
import { type FileResult, runFile, unreadable } from '../vectors/run.ts'
import { version } from '../version.ts'

const HELP = `
Runs test vectors in the formats of the MLS working group (github.com/mlswg/mls-implementations).

Usage: copath vectors [DIR] [--json]
       copath vectors generate OUT [--seed TEXT] [--suites LIST] [--json]

  DIR      A folder, searched with the folders in it, or one file. Left out: COPATH_VECTORS,
           else ../shared/vectors, else .vectors (which "npm run vectors" fills).
  --json   One object: totals, and for each file its cases and the failures, a thousand at most.

Formats, told by the file's name (treekem.json, treekem-suite2.json, openmls_tree_math.json) and
the shape of a case:
  ${KINDS.map(kind => kind.name)
    .join(', ')
    .replace(/(.{1,86})(?:, |$)/g, '$1,\n  ')
    .trim()
    .replace(/,$/, '')}

For each file: cases, passed, failed, skipped with the reason, and the first failure with what was
expected and what came. Cipher suites 1 to 7 and those with X-Wing.

"generate" writes vectors of our own in all formats into the folder OUT: trees with blanks and
unmerged leaves, proposals by value and by reference, pre-shared keys, joins from outside.
  --seed TEXT     The same text gives the same bytes. Default: copath
  --suites LIST   Such as 1,3. Default: all of 1 to 7

Examples:
  copath vectors
  copath vectors generate my-vectors --seed 7 --suites 1,3
  copath vectors ../mls-implementations/test-vectors --json > result.json

Exit codes: 0 every case that can be run holds, 1 something failed or nothing could be run,
2 wrong usage.
`

async function runVectors(args: readonly string[], io: Io): Promise<number> {
  if (args[0] === 'generate') {
    const { generate } = await import('../vectors/generate/command.ts')
    return await generate(args.slice(1), io)
  }
  const { values, positionals } = parseArguments(args, { json: { type: 'boolean', default: false } }, ['DIR?'])
  const [folder, files] = filesIn(positionals[0], values.json, io)
  const width = Math.max(...files.map(({ name }) => name.length), 10) + 2
  if (!values.json) printHeader(width, io)
  const results: FileResult[] = []
  const ignored: string[] = []
  for (const [i, file] of files.entries()) {
    if (io.interrupted.aborted) break
    const result = await resultOf(file, io, `${file.name} (${i + 1} of ${files.length})`)
    if (result === undefined) ignored.push(file.name)
    else {
      results.push(result)
      if (!values.json) printFile(result, width, io)
    }
  }
  const run: Run = { folder, files: results, ignored, interrupted: io.interrupted.aborted }
  const { passed, failed } = totalsOf(run)
  if (values.json) io.out(jsonOf(run, version()))
  else printTotals(run, width, io)
  if (failed === 0 && passed === 0) io.err(`copath: Nothing in ${folder} could be run.`)
  return failed > 0 || passed === 0 || run.interrupted ? 1 : 0
}

/** What is to be run. Where it cannot be found, standard output has its object all the same. */
function filesIn(named: string | undefined, isJson: boolean, io: Io): [folder: string, files: readonly VectorFile[]] {
  try {
    const folder = named ?? defaultFolder(process.env)
    return [folder, findFiles(folder)]
  } catch (error) {
    const none = { folder: named, files: [], ignored: [], interrupted: false, error: (error as Error).message }
    if (isJson) io.out(jsonOf(none, version()))
    throw error
  }
}

async function resultOf({ path, name, unreadable: why }: VectorFile, io: Io, label: string) {
  if (why !== undefined) return unreadable(name, why)
  let text: string
  try {
    text = new TextDecoder().decode(readNamedFile(path))
  } catch (error) {
    if (error instanceof CliUsageError) return unreadable(name, error.message)
    throw error
  }
  const progress = (done: number, total: number): void => io.progress(label, done, total)
  return await runFile(name, text, { progress, interrupted: io.interrupted })
}

export const command: Command = {
  name: 'vectors',
  summary: 'run the test vectors of the MLS working group that are in a folder',
  help: HELP,
  run: runVectors,
}
