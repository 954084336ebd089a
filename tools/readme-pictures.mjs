/**
 * The two pictures of the README from the runs recorded in docs/bench: `npm run pictures`. With --record it measures first, which takes
 * about seven minutes of a machine that does nothing else, and needs `npm ci --prefix peers` and `npm ci --prefix peers/gpl`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const recorded = `${root}docs/bench/`

/** What is recorded: ours at all sizes, and with the others at 100 and 1,000 members; some of them take a second for one commit there. */
const RUNS = [
  { file: 'groups.json', args: ['group', 'state', '--full'] },
  { file: 'peers.json', args: ['group', '--peers', '--members', '100,1000', '--rounds', '3'] },
]

if (process.argv.includes('--record')) {
  mkdirSync(recorded, { recursive: true })
  for (const { file, args } of RUNS) {
    const bench = ['dist/cli/main.js', 'bench', ...args, '--json', `docs/bench/${file}`]
    const start = performance.now()
    const { status } = spawnSync(process.execPath, bench, { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
    console.log(`\n${file}: recorded in ${Math.round((performance.now() - start) / 1000)} s\n`)
  }
}

const files = existsSync(recorded) ? readdirSync(recorded).filter(name => name.endsWith('.json')) : []
if (files.length === 0) {
  console.error('docs/bench holds no recorded run: npm run pictures -- --record makes them.')
  process.exit(2)
}
const { readRuns, writeReadmePictures } = await import(new URL('../build/js/bench/report/write.js', import.meta.url))
const runs = readRuns(files.sort().map(name => recorded + name))
for (const path of await writeReadmePictures(`${root}docs/pictures`, runs)) console.log(path.slice(root.length))

/** Where the README shows them; what stands between is written here. */
const [BEGIN, END] = ['<!-- pictures -->', '<!-- /pictures -->']
const TEXTS = {
  growth: 'Time to make a commit against the number of members, copath and others, both axes logarithmic',
  ratios:
    'What other libraries take as a multiple of what copath takes, in the same run, with 1,000 members and with 100',
}
const shown = Object.entries(TEXTS).map(([name, text]) => {
  const dark = `<source media="(prefers-color-scheme: dark)" srcset="docs/pictures/${name}-dark.svg">`
  return `<picture>${dark}<img src="docs/pictures/${name}-light.svg" width="400" alt="${text}"></picture>`
})
const readme = readFileSync(`${root}README.md`, 'utf8')
const [before, , after] = readme.split(new RegExp(`(?<=${BEGIN})|(?=${END})`))
if (after === undefined) throw new Error(`README.md has no place for the pictures: ${BEGIN} and ${END}`)
writeFileSync(`${root}README.md`, `${before}\n${shown.join('\n')}\n${after}`)
