/** Other shapes of tree than the balanced one, and what they would cost: on the oracle, which knows any shape. */
import { describe, expect, it } from 'vitest'
import { build, copathTo, dh, hex, iota, type OracleNode, pathTo, publicKey } from './oracle.ts'
import { seededRandom } from './world.ts'

const secretsOf = (n: number): Uint8Array[] =>
  Array.from({ length: n }, (_, i) => {
    const secret = new Uint8Array(32)
    seededRandom(`leaf ${i}`)(secret)
    return secret
  })

const leafOf = (secret: Uint8Array): OracleNode => ({ secret, key: publicKey(secret), leaves: 1 })

/** A tree that leans to one side: each member is put beside all before it. */
function caterpillar(secrets: readonly Uint8Array[]): OracleNode {
  return secrets.slice(1).reduce((left, own): OracleNode => {
    const right = leafOf(own)
    const secret = iota(dh(left.secret, right.key))
    return { secret, key: publicKey(secret), leaves: left.leaves + 1, left, right }
  }, leafOf(secrets[0]!))
}

/** The root as one member computes it from its leaf and its copath, and how many shared secrets that takes. */
function climbed(tree: OracleNode, leaf: number, secret: Uint8Array): { root: string; shared: number } {
  const copath = copathTo(tree, leaf).map(({ key }) => key)
  const root = copath.reduce((below, key) => iota(dh(below, key)), secret)
  return { root: hex(root), shared: copath.length }
}

describe('shapes', () => {
  it.each([2, 3, 5, 8, 16])(
    'A32: in a leaning tree of %i the initiator adds for one shared secret, and the deepest pays n - 1',
    n => {
      const secrets = secretsOf(n)
      const leaning = caterpillar(secrets)
      secrets.forEach((secret, leaf) => {
        const { root, shared } = climbed(leaning, leaf, secret)
        expect(root).toBe(hex(leaning.secret))
        // the last to come is nearest to the root; the first two are deepest
        expect(shared).toBe(n - Math.max(leaf, 1))
        expect(pathTo(leaning, leaf)).toHaveLength(shared + 1)
      })
      const balanced = build(secrets)
      const { root, shared } = climbed(balanced, 0, secrets[0]!)
      expect(root).toBe(hex(balanced.secret))
      expect(shared).toBe(Math.ceil(Math.log2(n)))
      // one more member above is one more shared secret
      const grown = caterpillar(secretsOf(n + 1))
      expect(hex(grown.left!.secret)).toBe(hex(leaning.secret))
    },
  )
})
