/**
 * The two pictures of the README from the runs recorded in docs/bench: `npm run pictures`. With --record it measures first, which takes
 * about twenty minutes of a machine that does nothing else, and needs `npm ci --prefix peers` and `npm ci --prefix peers/gpl`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const recorded = `${root}docs/bench/`

/** What is recorded: ours at all sizes, and with the others at up to 1,000 members. */
const RUNS = [
  { file: 'groups.json', args: ['commit', 'process', 'add', 'join', 'messages', '--full'] },
  { file: 'peers.json', args: ['group', '--peers', '--members', '100,1000'] },
]

if (process.argv.includes('--record')) {
  for (const { file, args } of RUNS) {
    const bench = [`${root}tools/bench.mjs`, ...args, '--json', `${recorded}${file}`]
    const { status } = spawnSync(process.execPath, bench, { stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
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
