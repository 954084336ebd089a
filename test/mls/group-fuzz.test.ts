/** Damaged messages, and damaged content signed again by an insider: refused with a typed error, or taken in; never half of it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalPublic, utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import { FramedContent } from '../../src/mls/framing.ts'
import type { Group } from '../../src/mls/group.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { coreOf, fingerprint, forgeContent } from './forge-commit.ts'
import { CUSTOM_TYPE, seededProvider, TestClient, TestGroup } from './group-world.ts'

const suite = seededProvider(13).suite(1)
const client = (seed: number, handshake: 'public' | 'private'): TestClient => new TestClient(suite, seed, { handshake })

function world(handshake: 'public' | 'private'): { alice: Group; bob: Group } {
  const [alice, bob] = TestGroup.of([1, 2, 3, 4, 5].map(seed => client(seed, handshake))).groups as [Group, Group]
  return { alice, bob }
}

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const damage = fc.array(
  fc.record({ kind: fc.constantFrom('replace', 'cut', 'insert', 'remove'), place, byte: fc.nat(255) }),
  { minLength: 1, maxLength: 3 },
)
type Damage = { kind: string; place: number; byte: number }[]

function damaged(bytes: Uint8Array, changes: Damage): Uint8Array {
  const all = [...bytes]
  for (const change of changes) {
    const at = Math.floor(change.place * all.length)
    if (change.kind === 'replace') all[at] = change.byte
    else if (change.kind === 'cut') all.length = Math.max(at, 1)
    else if (change.kind === 'insert') all.splice(at, 0, change.byte)
    else all.splice(at, 1)
  }
  return Uint8Array.from(all)
}

/** Nothing but a typed refusal, and nothing has changed. */
function refuses(group: Group, message: Uint8Array): void {
  const before = fingerprint(group)
  expect(() => group.process(message)).toThrow(RejectedError)
  expect(fingerprint(group)).toEqual(before)
}

describe.each(['public', 'private'] as const)('damaged messages, %s', handshake => {
  const { alice, bob } = world(handshake)
  const proposal = bob.propose({ type: 'update' })
  const words = alice.encrypt(utf8('words'), utf8('in the clear'))
  const { commit } = alice.commit([client(9, handshake).add(), { type: 'remove', leaf: 4 }])

  it.each([
    ['a commit', commit],
    ['a message', words],
  ])('%s', (_, message) => {
    fc.assert(
      fc.property(damage, changes => {
        const bad = damaged(message, changes)
        if (!equalPublic(bad, message)) refuses(bob, bad)
      }),
      { numRuns: 120 },
    )
  })

  it('a proposal', () => {
    fc.assert(
      fc.property(damage, changes => {
        const bad = damaged(proposal, changes)
        if (!equalPublic(bad, proposal)) refuses(alice, bad)
      }),
      { numRuns: 120 },
    )
  })

  it('what was not damaged is taken in afterwards', () => {
    expect(bob.process(words).kind).toBe('message')
    expect(bob.process(commit).kind).toBe('commit')
  })
})

describe('damaged content, signed again', () => {
  const { alice, bob } = world('public')
  const contentOf = (message: Uint8Array): Uint8Array => {
    const decoded = decode(MLSMessage, message)
    if (decoded.wireFormat !== 'mls_public_message') throw new Error(decoded.wireFormat)
    return encode(FramedContent, decoded.publicMessage.content)
  }
  const proposals = [
    client(8, 'public').add(),
    { type: 'remove', leaf: 3 },
    { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('anything') },
  ] as const
  const contents = [
    contentOf(alice.commit([...proposals]).commit),
    ...proposals.map(request => {
      alice.reject()
      return contentOf(alice.propose(request))
    }),
  ]

  it.each(contents.map((content, i) => [i, content] as const))('content %i', (_, content) => {
    fc.assert(
      fc.property(damage, changes => {
        let body: FramedContent
        try {
          body = decode(FramedContent, damaged(content, changes))
        } catch {
          return
        }
        const core = coreOf(alice)
        const { sender, contentType, ...rest } = body
        const framing = { sender, groupId: body.groupId, epoch: body.epoch, authenticatedData: body.authenticatedData }
        const tag = contentType === 'commit' ? () => new Uint8Array(32) : undefined
        const message = forgeContent(core, framing, { ...rest, contentType }, tag)
        const before = fingerprint(bob)
        try {
          // a proposal may well be as good as it was
          expect(bob.process(message).kind).toBe('proposal')
        } catch (error) {
          if (!(error instanceof RejectedError)) throw error
          expect(fingerprint(bob)).toEqual(before)
        }
      }),
      { numRuns: 120 },
    )
  })
})
