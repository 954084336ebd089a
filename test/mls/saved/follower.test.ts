/** A delivery service that restarts between a proposal and the commit of it, and what it must not load. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { CopathError, Group, PublicGroup } from '../../../src/index.ts'
import { forgeCommit } from '../forge-commit.ts'
import { CUSTOM_TYPE, NOW, seededProvider, TestClient, TestGroup } from '../group-world.ts'
import { refusedBy } from '../rules.ts'

const suite = seededProvider(9).suite(1)
const config = { handshake: 'public', clock: () => NOW } as const

function followed() {
  const world = TestGroup.of([0, 1, 2].map(seed => new TestClient(suite, seed, config)))
  const [alice] = world.groups
  const service = PublicGroup.follow({ suite, groupInfo: alice!.groupInfo(), config })
  return { world, alice: alice!, service }
}

describe('a stored follower', () => {
  it('knows the proposals that a commit refers to, and follows as before', () => {
    const { world, alice, service } = followed()
    const proposal = alice.propose({ type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('data') })
    world.deliver(proposal, alice)
    service.process(proposal)
    const saved = service.save()
    const again = PublicGroup.load({ suite, saved, config })
    expect(toHex(again.save())).toBe(toHex(saved))
    const { commit } = world.commit(world.groups[1]!, [])
    for (const one of [service, again]) expect(one.process(commit).kind).toBe('commit')
    expect(again.epoch).toBe(alice.epoch)
    expect(toHex(again.ratchetTree())).toBe(toHex(alice.ratchetTree()))
    expect(toHex(again.save())).toBe(toHex(service.save()))
  })

  it('a refused message leaves it as it was to the byte', () => {
    const { alice, service } = followed()
    const before = toHex(service.save())
    const { commit } = alice.commit()
    for (let at = 0; at < commit.length; at += 7) {
      const damaged = commit.slice()
      damaged[at]! ^= 0x40
      try {
        service.check(damaged)
      } catch (error) {
        expect(error).toBeInstanceOf(CopathError)
      }
      expect(toHex(service.save())).toBe(before)
    }
    expect(() => service.process(alice.encrypt(utf8('private')))).toThrow()
    expect(toHex(service.save())).toBe(before)
  })

  it('is refused where a byte is changed, missing or added, and for another suite', () => {
    const saved = followed().service.save()
    const refusal = expect.objectContaining({
      code: expect.stringMatching(/^(invalid-saved-state|wrong-suite|truncated)$/),
    })
    for (let at = 0; at < saved.length; at += 3) {
      const damaged = saved.slice()
      damaged[at]! ^= 1
      expect(() => PublicGroup.load({ suite, saved: damaged })).toThrow(refusal)
      expect(() => PublicGroup.load({ suite, saved: saved.subarray(0, at) })).toThrow(refusal)
    }
    expect(() => PublicGroup.load({ suite, saved: Uint8Array.of(...saved, 0) })).toThrow(refusal)
    expect(() => PublicGroup.load({ suite: seededProvider(9).suite(3), saved })).toThrow(refusal)
  })
})

it('copath-mls-12.4.2-10: follows no group that a ReInit has ended, also when it is loaded', () => {
  const { world, service } = followed()
  const [alice, bob] = world.groups as [Group, Group, Group]
  const late = bob.commit().commit
  bob.reject()
  const { commit } = world.commit(alice, [{ type: 'reinit', groupId: utf8('next'), cipherSuite: 3 }])
  const forged = forgeCommit(bob, { proposals: [] })
  expect(service.process(commit)).toMatchObject({ kind: 'commit', changes: { reinit: { cipherSuite: 3 } } })
  const again = PublicGroup.load({ suite, saved: service.save(), config })
  expect(toHex(again.save())).toBe(toHex(service.save()))
  for (const one of [service, again]) {
    expect(one.reinit).toMatchObject({ groupId: utf8('next'), cipherSuite: 3 })
    for (const message of [late, forged]) {
      expect(refusedBy(one, () => one.process(message))).toMatchObject({
        code: 'group-inactive',
        status: 'reinitialized',
      })
    }
  }
})

it('what has grown beyond the limit of what may be received is loaded all the same', () => {
  const { world, alice, service } = followed()
  const small = { ...config, maxLeaves: 2 }
  expect(PublicGroup.load({ suite, saved: service.save(), config: small }).memberCount).toBe(3)
  const { signer } = world.clients.get(alice)!
  expect(Group.load({ suite, snapshot: alice.save(), signer, config: small }).memberCount).toBe(3)
})
