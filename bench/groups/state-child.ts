/** A process that holds the state of one member and nothing else, and says what memory it takes. Started by `state.ts`, with --expose-gc. */
import { readFileSync } from 'node:fs'
import type { CopathMember } from '../subjects/copath.ts'

/** What is taken after collections of the usual kind. */
async function collected(options?: object): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.(options as never)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return process.memoryUsage.rss()
}

/** As V8 collects where memory is short, so that it gives freed pages back as well; before Node 22 it takes this for a small collection. */
function settled(): Promise<number> {
  return collected({ type: 'major', flavor: 'last-resort' })
}

const before = await collected()
// the library is part of what a member costs, so it is loaded between the two measurements
const { joinSeeded, loadSeeded } = await import('./seeded-newcomer.ts')
/** In a call of its own: the bytes are nobody's afterwards. */
function begin(file: string): CopathMember {
  return (process.argv[3] === 'load' ? loadSeeded : joinSeeded)(readFileSync(file))
}

const started = performance.now()
const member = begin(process.argv[2]!)
const ms = performance.now() - started
const peak = process.resourceUsage().maxRSS * 1024
// once in a while, beside busy processes, something of V8's own still holds what joining has left behind
const ordinary = await collected()
const after = await settled()
const { heapUsed, external } = process.memoryUsage()
const authenticator = Buffer.from(member.epochAuthenticator()).toString('hex')
process.stdout.write(
  JSON.stringify({
    ...{ rss: after - before, ordinary: ordinary - before, peak: peak - before },
    ...{ heapUsed, external, ms, authenticator },
  }),
)
