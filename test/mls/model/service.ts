/** The delivery service: one commit wins an epoch, and whoever asks is given all that leads to the present one. */
import { expect } from 'vitest'
import { equalPublic, toHex } from '../../../src/base/bytes.ts'
import type { GroupConfig } from '../../../src/mls/group-config.ts'
import { PublicGroup } from '../../../src/mls/public-group.ts'
import { NOW } from '../group-world.ts'
import { reject } from './acts.ts'
import type { Commit, Epoch, Member, Message, Proposal } from './state.ts'
import type { World } from './world.ts'

/** A commit that waits for the service to decide, and whoever joins by it. */
export interface Offer {
  readonly commit: Commit
  readonly by: Member
}

const FOLLOWING: GroupConfig = { clock: () => NOW, maxProposals: 1000 }

export class Service {
  readonly world: World
  readonly offers: Offer[] = []
  /** The commits that have won. */
  readonly line: Commit[] = []
  head: Epoch
  /** Follows the group without a secret, where all of it is public. */
  follower: PublicGroup | undefined

  constructor(world: World, head: Epoch) {
    this.world = world
    this.head = head
  }

  /** Begins to follow the group. */
  follow(member: Member): void {
    const { suite } = this.world
    const groupInfo = this.world.groupOf(member).groupInfo()
    this.follower = PublicGroup.follow({ suite, groupInfo, config: FOLLOWING })
  }

  /** Decides about a commit: the first one of an epoch wins. Its maker learns of it by the echo, or if it lost, is told. */
  decide({ commit, by }: Offer): void {
    const { world } = this
    if (commit.epoch === this.head) {
      this.#win(commit)
      return
    }
    world.tally.add('lost')
    // whoever it was may be gone, together with a group that never was
    if (by.pending?.commit === commit && world.members.includes(by)) reject(world, by)
    // whoever joined by a commit that has lost is in no group
    if (commit.leaf === undefined) world.forget(by)
  }

  #win(commit: Commit): void {
    const { world } = this
    this.#follow(commit)
    this.line.push(commit)
    this.head = commit.next
    world.tally.add('won')
    for (const member of world.members) if (member.status === 'active') world.inbox.get(member)!.push(commit)
    const adds = commit.list.filter(({ wish }) => wish.type === 'add')
    adds.forEach(({ wish }, i) => {
      if (wish.type !== 'add') return
      world.invitations.push({ person: world.people[wish.person]!, commit, leaf: commit.added[i]! })
    })
  }

  #follow(commit: Commit): void {
    const { follower, world } = this
    if (follower === undefined) return
    for (const proposal of this.proposalsOf(commit.epoch)) {
      try {
        follower.process(world.bytes.get(proposal)!)
      } catch (error) {
        // members would not take in any more either
        expect(error).toMatchObject({ code: 'too-many-proposals' })
      }
    }
    const { committer, added, next } = commit
    const event = follower.process(world.bytes.get(commit)!)
    expect(event).toMatchObject({ kind: 'commit', committer, epoch: next.number, changes: { added } })
    world.tally.add('followed')
  }

  /** The follower has the tree that the members have. */
  expectInStep(member: Member): void {
    if (this.follower === undefined) return
    expect(toHex(this.follower.ratchetTree())).toBe(toHex(this.world.groupOf(member).ratchetTree()))
  }

  /** The service ends and begins again with what it knows of the group. */
  restart(): void {
    if (this.follower === undefined) return
    const saved = this.follower.save()
    this.follower = PublicGroup.load({ suite: this.world.suite, saved, config: FOLLOWING })
    expect(equalPublic(this.follower.save(), saved), 'a follower that was restored is another').toBe(true)
    this.world.tally.add('restarted: service')
  }

  /** What was proposed in an epoch, by whomever. */
  proposalsOf(epoch: Epoch): Proposal[] {
    return this.world.log.filter((each): each is Proposal => each.kind === 'proposal' && each.epoch === epoch)
  }

  /** The handshakes that a member has missed, in order. */
  missedBy(member: Member): Message[] {
    const from = this.line.findIndex(({ epoch }) => epoch === member.epoch)
    const commits = from < 0 ? [] : this.line.slice(from)
    const last = from < 0 ? member.epoch : this.head
    return [...commits.flatMap(commit => [...this.proposalsOf(commit.epoch), commit]), ...this.proposalsOf(last)]
  }

  /** Somebody is online again and is given what there is. Whether it is in the present epoch now. */
  catchUp(member: Member): boolean {
    for (const message of this.missedBy(member)) {
      if (member.status !== 'active') break
      this.world.deliver(member, message)
    }
    this.world.tally.add('caught up')
    return member.status === 'active' && member.epoch === this.head
  }
}
