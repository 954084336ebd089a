/** RFC 9420 section 7.5: whom the secrets of a path go to, and what its receivers forget. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { SecretBytes } from '../../src/base/secret.ts'
import { decode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { packedCiphertexts, type UpdatePath } from '../../src/mls/update-path.ts'
import { coreOf, forgeCommit } from './forge-commit.ts'
import { seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusedBy } from './rules.ts'

const plain = seededProvider(28).suite(1)

/** Secrets of paths as they are handed out: the arrays themselves, and what was in them. */
const seen: { readonly bytes: Uint8Array; readonly was: string }[] = []
function keep<T extends Uint8Array>(bytes: T): T {
  seen.push({ bytes, was: toHex(bytes) })
  return bytes
}

/** A suite whose path secrets and node secrets are seen as they are made. */
const suite: CipherSuite = {
  ...plain,
  labels: {
    ...plain.labels,
    decryptWithLabel: (pair, label, context, sealed) => {
      const opened = plain.labels.decryptWithLabel(pair, label, context, sealed)
      return label === 'UpdatePathNode' ? keep(opened) : opened
    },
    deriveSecret: (secret, label) => {
      const derived = plain.labels.deriveSecret(secret, label)
      return label === 'path' ? keep(derived) : derived
    },
    expandManyWithLabel: (secrets, label, contexts, length) => {
      const derived = plain.labels.expandManyWithLabel(secrets, label, contexts, length)
      return label === 'node' ? keep(derived) : derived
    },
  },
}
const client = (seed: number) => new TestClient(suite, seed, { handshake: 'public' })

function pathIn(commit: Uint8Array): UpdatePath {
  const message = decode(MLSMessage, commit)
  if (message.wireFormat !== 'mls_public_message') throw new Error(message.wireFormat)
  const { content } = message.publicMessage
  if (content.contentType !== 'commit') throw new Error(content.contentType)
  return content.commit.path!
}

describe('copath-mls-7.5-01: members who are added by a commit learn its secrets from their Welcome only', () => {
  const world = TestGroup.of([1, 2, 3].map(client))
  for (const group of world.groups) world.commit(group, [])
  const [alice, bob] = world.groups as [Group, Group]
  const counts = (path: UpdatePath) => path.nodes.map(({ encryptedPathSecret }) => encryptedPathSecret.length)

  it('nothing is encrypted to them', () => {
    // leaf 3 is the sibling of leaf 2, below a node that is blank without it
    expect(counts(pathIn(alice.commit([client(4).add()]).commit))).toEqual([1, 1])
    alice.reject()
  })

  it('a commit in which something is, is refused', () => {
    const keyPackage = decode(KeyPackage, client(4).keyPackage())
    const message = forgeCommit(alice, {
      proposals: [{ proposalType: 'add', keyPackage }],
      pathForgery: {
        nodes: nodes =>
          nodes.map((node, i) => {
            const [first] = [...node.encryptedPathSecret]
            return i === 0 ? node : { ...node, encryptedPathSecret: packedCiphertexts([first!, first!]) }
          }),
      },
    })
    expect(refusedBy(bob, () => bob.process(message))).toMatchObject({
      code: 'wrong-ciphertext-count',
      expected: 1,
      got: 2,
    })
  })
})

describe('after a commit', () => {
  afterEach(() => vi.restoreAllMocks())

  const isWiped = (bytes: Uint8Array): boolean => bytes.every(byte => byte === 0)
  const keysOf = (group: Group): Map<number, Uint8Array> => {
    const { held } = coreOf(group)
    return new Map(held.nodes().map(node => [node, held.at(node)!.privateKey]))
  }

  /** What was handed out meanwhile, and what was wiped of what objects hold. */
  function during(body: () => void): { readonly made: typeof seen; readonly wiped: readonly string[] } {
    seen.length = 0
    const wiped: string[] = []
    const { wipe } = SecretBytes.prototype
    vi.spyOn(SecretBytes.prototype, 'wipe').mockImplementation(function (this: SecretBytes) {
      if (!this.wiped) wiped.push(toHex(this.bytes))
      wipe.call(this)
    })
    body()
    return { made: [...seen], wiped }
  }

  describe('copath-mls-7.5-03: what the keys of its path come from', () => {
    const world = TestGroup.of([1, 2, 3, 4, 5].map(client))
    for (const group of world.groups) world.commit(group, [])
    const [alice, bob] = world.groups as [Group, Group]
    const make = () => alice.commit([client(6).add()]).commit

    /** As often as objects held them, the path secrets after the first and the commit secret have been wiped. */
    function expectForgotten({ made, wiped }: ReturnType<typeof during>, copies: number): void {
      expect(made.filter(({ bytes }) => !isWiped(bytes))).toEqual([])
      const secrets = made.filter(({ was }) => was.length === 64).map(({ was }) => was)
      expect(wiped.filter(was => was.endsWith(secrets.slice(0, -1).join('')))).toHaveLength(copies)
      expect(wiped).toContain(secrets.at(-1))
    }

    it('nobody has who received it', () => {
      const commit = make()
      expectForgotten(
        during(() => bob.process(commit)),
        1,
      )
      alice.reject()
    })

    it('nobody has who made it, nor what newcomers were to be told, once it is in force', () => {
      expectForgotten(
        during(() => {
          make()
          alice.accept()
        }),
        2,
      )
    })
  })

  it('copath-mls-7.5-04: nobody has keys that it has replaced', () => {
    const world = TestGroup.of([1, 2, 3, 4].map(client))
    for (const group of world.groups) world.commit(group, [])
    const [alice, bob, carol] = world.groups as [Group, Group, Group]
    const before = world.groups.map(keysOf)
    world.propose(carol, { type: 'update' })
    world.commit(alice, [])
    world.groups.forEach((group, i) => {
      const now = keysOf(group)
      for (const [node, key] of before[i]!) {
        const isKept = now.get(node) === key
        expect(isWiped(key)).toBe(!isKept)
      }
    })
    const kept = (i: number, group: Group) => [...before[i]!].filter(([node, key]) => keysOf(group).get(node) === key)
    // only Bob's and Dave's leaves stay; all above them, and all of Alice's and Carol's, is new or gone
    expect([alice, bob, carol, world.groups[3]!].map((group, i) => kept(i, group).map(([node]) => node))).toEqual([
      [],
      [2],
      [],
      [6],
    ])
  })
})
