/** A process that holds the state of one member and nothing else, and says what memory it takes. Started by `state.ts`, with --expose-gc. */
import { readFileSync } from 'node:fs'

async function settled(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return process.memoryUsage.rss()
}

const before = await settled()
// the library is part of what a member costs, so it is loaded between the two measurements
const { joinSeeded, loadSeeded } = await import('./seeded-newcomer.ts')
const begin = process.argv[3] === 'load' ? loadSeeded : joinSeeded
const started = performance.now()
const member = begin(new Uint8Array(readFileSync(process.argv[2]!)))
const ms = performance.now() - started
const after = await settled()
const { heapUsed, external } = process.memoryUsage()
const authenticator = Buffer.from(member.epochAuthenticator()).toString('hex')
process.stdout.write(JSON.stringify({ rss: after - before, heapUsed, external, ms, authenticator }))
