/** Makes the known answers of this repository from the oracle. `node test/smmp/own-vectors.ts` (Node 24) prints them. */
import {
  derived,
  extracted,
  fixedSetup,
  hash,
  hex,
  historicalKdf,
  historicalSetup,
  joined,
  type Keys,
  text,
} from './oracle.ts'

const seed = (...words: readonly (string | number)[]): Uint8Array => hash(text(`copath smmp ${words.join(' ')}`))

function vector(n: number) {
  const [u, w] = [seed('u', n), seed('w', n)]
  const keys = Array.from(
    { length: n },
    (_, i): Keys => ({ b: seed('b', n, i), k: seed('k', n, i), r: seed('r', n, i) }),
  )
  const groupId = text(`own vector ${n}`)
  const historical = historicalSetup(u, w, keys)
  const fixed = fixedSetup(groupId, u, w, keys)
  const shares = keys.map((_, i) => seed('share', n, i))
  const root = derived(extracted(fixed.MK, joined(...shares)), 'root', fixed.T)
  return {
    n,
    groupId: hex(groupId),
    u: hex(u),
    w: hex(w),
    keys: keys.map(({ b, k, r }) => ({ b: hex(b), k: hex(k), r: hex(r) })),
    historical: {
      G: historical.G.map(hex),
      MK: hex(historical.MK),
      literal: historical.literal.map(hex),
      state: [0, 1, 2, 3, 4].map(i => hex(historicalKdf(historical.MK, i))),
    },
    fixed: {
      T: hex(fixed.T),
      G: fixed.G.map(hex),
      MK: hex(fixed.MK),
      pair01: hex(fixed.pair(0, 1)),
      tag1: hex(fixed.tag(1)),
      shares: shares.map(hex),
      root: hex(root),
    },
  }
}

export const ownVectors = () => [2, 3, 5, 8].map(vector)
export type OwnVectors = ReturnType<typeof ownVectors>

declare const process: { argv: string[]; stdout: { write(text: string): void } }
if (process.argv[1]?.endsWith('own-vectors.ts')) {
  process.stdout.write(`${JSON.stringify(ownVectors(), undefined, 1)}\n`)
}
