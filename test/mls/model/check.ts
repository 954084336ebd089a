/** What a real group shows, against what the model says of its member. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Group } from '../../../src/mls/group.ts'
import type { GroupEvent } from '../../../src/mls/group-events.ts'
import { CUSTOM_EXTENSION } from '../group-world.ts'
import type { Outcome } from './predict.ts'
import { removedBy } from './rules.ts'
import type { Epoch, Member, Message, Proposal } from './state.ts'

/** The same as `expect(is).toBe(true)`, which costs too much for what is asked again and again. */
export function insist(is: boolean, why: string): void {
  if (!is) expect.fail(why)
}

/** Epochs and the secrets that all who are in them agree on, and nobody else: one belongs to the other. */
export class Agreement {
  readonly #byEpoch = new Map<Epoch, string>()
  readonly #bySecret = new Map<string, Epoch>()

  check(epoch: Epoch, group: Group): void {
    const tree = toHex(group.ratchetTree())
    const secret = `${toHex(group.epochAuthenticator())} ${toHex(group.exportSecret('model', utf8(''), 16))} ${tree}`
    if (!this.#byEpoch.has(epoch)) {
      insist(!this.#bySecret.has(secret), 'two histories with the same secrets')
      this.#byEpoch.set(epoch, secret)
      this.#bySecret.set(secret, epoch)
    }
    insist(secret === this.#byEpoch.get(epoch), `members of epoch ${epoch.number} do not agree`)
  }
}

/** The references of proposals: the same for all who know of one. */
export class References {
  readonly #byProposal = new Map<Proposal, string>()
  readonly #byRef = new Map<string, Proposal>()

  learn(proposal: Proposal, ref: Uint8Array): void {
    const name = toHex(ref)
    expect(this.#byProposal.get(proposal) ?? name).toBe(name)
    this.#byProposal.set(proposal, name)
    this.#byRef.set(name, proposal)
  }

  of(ref: Uint8Array): Proposal {
    return this.#byRef.get(toHex(ref))!
  }
}

/** All that a group shows is as the model has it. */
export function expectLooks(
  group: Group,
  member: Member,
  known: { agreement: Agreement; references: References },
): void {
  const { epoch, status, pending, cache, aside, leaf } = member
  const isThere = group.epoch === epoch.number && group.leaf === leaf
  insist(isThere, `the group is in epoch ${group.epoch} at ${group.leaf}, the model in ${epoch.number} at ${leaf}`)
  insist(group.status === status, `the group is ${group.status}, the model ${status}`)
  insist(group.isPending === (pending !== undefined), 'a commit waits on one side only')
  if (status !== 'active') return
  const seated = epoch.seats.flatMap((seat, at) => (seat === undefined ? [] : [`${at} ${seat.key}`]))
  expectSame(
    [...group.members()].map(each => `${each.leaf} ${toHex(each.signatureKey)}`),
    seated,
    'members',
  )
  insist(group.memberCount === seated.length, `${group.memberCount} members are counted`)
  const custom = group.extensions.find(({ extensionType }) => extensionType === CUSTOM_EXTENSION)
  expectSame([new TextDecoder().decode(custom?.extensionData)], [epoch.extensions], 'extensions')
  const waiting = group.proposals.map(({ ref }) => known.references.of(ref)?.id)
  expectSame(
    waiting,
    [...cache].filter(each => !aside.has(each)).map(({ id }) => id),
    'proposals',
  )
  known.agreement.check(epoch, group)
}

function expectSame(seen: readonly unknown[], wanted: readonly unknown[], what: string): void {
  insist(seen.join() === wanted.join(), `the ${what} are ${seen.join()}, in the model ${wanted.join()}`)
}

/** An event says what the model said. */
export function expectEvent(event: GroupEvent, message: Message, outcome: Outcome): void {
  expect(event.kind).toBe(outcome.kind === 'words' ? 'message' : outcome.kind)
  if (message.kind === 'words') {
    const { leaf, text, epoch } = message
    expect(event).toMatchObject({ sender: leaf, data: utf8(text), authenticatedData: utf8(`${message.id}`) })
    expect(event).toMatchObject({ epoch: epoch.number })
  }
  if (event.kind === 'proposal' && outcome.kind === 'proposal') expect(event.own).toBe(outcome.own)
  if (message.kind !== 'commit') return
  const { list, committer, added, leaf } = message
  const removed = removedBy(list)
  expect(event).toMatchObject({ committer, changes: { added } })
  if (event.kind !== 'commit' && event.kind !== 'removed') return
  expect(event.changes.removed.map(each => each.leaf as number)).toEqual(removed)
  const updated = list.flatMap(({ wish }) => (wish.type === 'update' ? [wish.leaf] : []))
  expect(event.changes.updated).toEqual(updated)
  if (event.kind !== 'commit' || outcome.kind !== 'commit') return
  expect([event.own, event.external, event.epoch]).toEqual([outcome.own, leaf === undefined, message.next.number])
}
