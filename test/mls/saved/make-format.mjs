/** Writes format.json again. Only for a new version of the format: states of released versions must stay readable. Usage: node make-format.mjs */
import { startVitest } from 'vitest/node'

process.env.COPATH_MAKE_FORMAT = 'yes'
const vitest = await startVitest('test', ['test/mls/saved/format.test.ts'], { run: true, watch: false })
await vitest?.close()
