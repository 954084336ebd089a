/** Adding, removing and updating by one call: commits like any others. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { CUSTOM_TYPE, expectAgreement, seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusal } from './rules.ts'

const suite = seededProvider(41).suite(1)
const [alice, bob, carol, dave] = [1, 2, 3, 4].map(seed => new TestClient(suite, seed)) as TestClient[]

describe('a group', () => {
  const world = new TestGroup()
  const atAlice = alice!.create()
  world.clients.set(atAlice, alice!)

  it('adds one member or several', () => {
    const first = atAlice.add(bob!.keyPackage())
    world.deliver(first.commit)
    world.join(bob!, first)
    const more = atAlice.add(
      [carol!, dave!].map(client => client.keyPackage()),
      { authenticatedData: utf8('welcome') },
    )
    const event = world.groups[1]!.process(more.commit)
    expect(event).toMatchObject({ kind: 'commit', authenticatedData: utf8('welcome') })
    atAlice.accept()
    for (const client of [carol!, dave!]) world.join(client, more)
    expect(world.groups).toHaveLength(4)
    expectAgreement(world.groups)
  })

  it('updates the one who asks, and takes along what was proposed', () => {
    world.propose(world.groups[2]!, { type: 'custom', proposalType: CUSTOM_TYPE, data: utf8('data') })
    const before = atAlice.ratchetTree()
    world.deliver(atAlice.update().commit)
    expect(atAlice.ratchetTree()).not.toEqual(before)
    expect(atAlice.proposals).toHaveLength(0)
    expectAgreement(world.groups)
  })

  it('removes one member or several, or nobody where one of them is not there', () => {
    const before = atAlice.save()
    expect(refusal(() => atAlice.remove([1, 9]))).toMatchObject({ class: 'RejectedError' })
    expect(refusal(() => atAlice.add('a key package' as never))).toMatchObject({ code: 'wrong-argument' })
    expect(atAlice.save()).toEqual(before)
    world.deliver(atAlice.remove(3).commit)
    world.deliver(atAlice.remove([1, 2]).commit)
    expect(atAlice.memberCount).toBe(1)
    expect(world.groups.filter(({ status }) => status === 'active')).toEqual([atAlice])
  })
})
