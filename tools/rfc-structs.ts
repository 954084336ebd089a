/**
 * Prints the table of test/mls/rfc9420-structs.ts: what every presentation-language block of RFC 9420 declares.
 * Run with a Node that strips types: `npx -p node@24 node tools/rfc-structs.ts path/to/rfc9420.md`.
 */
import { readFileSync } from 'node:fs'
import { declarationsOf, fingerprint } from '../test/mls/presentation.ts'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('pass the path of rfc9420.md')
const blocks = [...readFileSync(path, 'utf8').matchAll(/^~~~ tls-presentation\n([\s\S]*?)^~~~$/gm)]
console.log(
  '/** What the presentation-language blocks of RFC 9420 declare, in its order. Made by tools/rfc-structs.ts. */',
)
console.log('export const RFC9420_BLOCKS: readonly Readonly<Record<string, string>>[] = [')
for (const [, block] of blocks) {
  const entries = declarationsOf(block!).map(({ name, text }) => `${name}: '${fingerprint(text)}'`)
  console.log(`  { ${entries.join(', ')} },`)
}
console.log(']')
