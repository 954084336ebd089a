import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { RejectedError, UsageError } from '../../src/base/errors.ts'
import { type RatchetKind, SecretTree } from '../../src/mls/secret-tree.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { describeKind } from '../vectors/check.ts'

const provider = allSuites()
const suite = provider.suite(1)
const root = fromHex('2a'.repeat(32))

describeKind('secret-tree', provider)

/** Key and nonce in one text, consumed. */
function take(tree: SecretTree, leaf: number, kind: RatchetKind, generation: number): string {
  const pending = tree.receive(leaf, kind, generation)
  const text = toHex(pending.key) + toHex(pending.nonce)
  pending.accept()
  return text
}

describe('secret tree (RFC 9420 section 9)', () => {
  it('gives sender and receiver the same keys, in any order of leaves and generations', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.record({ leaf: fc.nat(31), application: fc.boolean() }), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        (depth, sends, shuffle) => {
          const leaves = 2 ** depth
          const sender = new SecretTree(suite, root, leaves)
          const receiver = new SecretTree(suite, root, leaves)
          const sent = sends.map(({ leaf, application }) => {
            const kind: RatchetKind = application ? 'application' : 'handshake'
            const { generation, key, nonce } = sender.next(leaf % leaves, kind)
            return { leaf: leaf % leaves, kind, generation, text: toHex(key) + toHex(nonce) }
          })
          expect(new Set(sent.map(s => s.text)).size).toBe(sent.length)
          const order = sent.map(s => ({ s, rank: shuffle.next().value! })).sort((a, b) => a.rank - b.rank)
          for (const { s } of order) expect(take(receiver, s.leaf, s.kind, s.generation)).toBe(s.text)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('refuses replays and forgotten keys', () => {
    const tree = new SecretTree(suite, root, 4, { maxForward: 10, maxKept: 3 })
    take(tree, 1, 'application', 6)
    expect(() => tree.receive(1, 'application', 6)).toThrow(expect.objectContaining({ code: 'generation-consumed' }))
    take(tree, 1, 'application', 4)
    expect(() => tree.receive(1, 'application', 4)).toThrow(expect.objectContaining({ code: 'generation-consumed' }))
    // 3, 4 and 5 were kept, 2 was not
    expect(() => tree.receive(1, 'application', 2)).toThrow(expect.objectContaining({ code: 'generation-consumed' }))
    take(tree, 1, 'application', 3)
  })

  it('keeps at most the newest skipped keys over many gaps', () => {
    const tree = new SecretTree(suite, root, 2, { maxForward: 10, maxKept: 3 })
    for (const generation of [2, 5, 8]) take(tree, 0, 'application', generation)
    for (const gone of [0, 1, 3]) expect(() => tree.receive(0, 'application', gone)).toThrow(RejectedError)
    for (const kept of [4, 6, 7]) take(tree, 0, 'application', kept)
  })

  it('refuses to run ahead further than the limit, and unknown senders', () => {
    const tree = new SecretTree(suite, root, 4, { maxForward: 10, maxKept: 3 })
    expect(() => tree.receive(0, 'application', 11)).toThrow(expect.objectContaining({ code: 'generation-too-far' }))
    expect(() => tree.receive(0, 'application', 2 ** 32)).toThrow(
      expect.objectContaining({ code: 'generation-too-far' }),
    )
    expect(() => tree.receive(4, 'application', 0)).toThrow(expect.objectContaining({ code: 'unknown-sender' }))
    take(tree, 0, 'application', 10)
  })

  it('changes nothing when a key is discarded', () => {
    const tree = new SecretTree(suite, root, 8)
    const pending = tree.receive(5, 'application', 7)
    const text = toHex(pending.key) + toHex(pending.nonce)
    pending.discard()
    expect(toHex(pending.key)).toBe('00'.repeat(16))
    expect(tree.next(5, 'application').generation).toBe(0)
    expect(take(tree, 5, 'application', 7)).toBe(text)
    tree.receive(5, 'application', 3).discard()
    take(tree, 5, 'application', 3)
  })

  it('leaves no copy of a secret behind on the way down to a leaf', () => {
    const given: Uint8Array[] = []
    const { labels } = suite
    const expandManyWithLabel: typeof labels.expandManyWithLabel = (secrets, ...others) => {
      given.push(secrets.bytes)
      return labels.expandManyWithLabel(secrets, ...others)
    }
    const watched = { ...suite, labels: { ...labels, expandManyWithLabel } as typeof labels }
    const tree = new SecretTree(watched, root, 8)
    tree.next(5, 'handshake')
    tree.receive(1, 'application', 0).discard()
    expect(given).toHaveLength(5)
    expect(given.filter(bytes => bytes.some(byte => byte !== 0))).toEqual([])
  })

  it('cannot be used after it was wiped', () => {
    const tree = new SecretTree(suite, root, 2)
    tree.next(0, 'handshake')
    tree.wipe()
    expect(() => tree.next(0, 'handshake')).toThrow(UsageError)
    expect(() => tree.receive(1, 'handshake', 0)).toThrow(UsageError)
  })

  it('refuses a tree that is not full', () => {
    for (const leaves of [0, 3, 1.5, 2 ** 31]) expect(() => new SecretTree(suite, root, leaves)).toThrow(UsageError)
  })
})
