/** A group that mixes implementations, everybody in it, and random operations on it: after every epoch all must agree. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { type Change, type InteropMember, PRIVATE_EXTENSION, type RawExtension } from './member.ts'

/** Makes a newcomer; the dice decide who implements it and how it behaves. */
export type MakeMember = (identity: string) => Promise<InteropMember>
type Dice = (below: number) => number

/**
 * ts-mls 1.6.4 demands that all nodes above an unmerged leaf have equal lists of unmerged leaves, where RFC 9420 (section
 * 12.4.3.1) demands that the nodes between list that leaf: it refuses correct trees in which nodes were updated at different times.
 */
function isKnownBug(member: InteropMember, error: unknown): boolean {
  return member.implementation === 'ts-mls' && /must list leaf node in its unmerged_leaves/.test(String(error))
}

/**
 * Where no member is left in one half of the tree, its root gets no key, and the commit secret follows from the last key that the
 * path has (RFC 9420 section 12.4.1); ts-mls 1.6.4 derives it from the root all the same.
 */
function bothHalvesAreTaken(leaves: readonly number[]): boolean {
  const last = Math.max(...leaves)
  return last === 0 || leaves.some(leaf => leaf < 2 ** Math.floor(Math.log2(last)))
}

const FRAMINGS: Readonly<Record<string, string>> = { '0001': 'public', '0002': 'private' }

/** How a message is framed: its wire format, after the version. */
function framingOf(message: Uint8Array): string {
  return FRAMINGS[toHex(message.subarray(2, 4))]!
}

/** Joins from outside are always public (RFC 9420 section 12.4.3.2); all else happens in both framings. */
const FROM_OUTSIDE = ['external join', 'resync']
const FROM_INSIDE = [
  ...['empty', 'psk', 'resumption', 'extensions', 'add', 'add with psk', 'remove', 'add and remove'],
  ...['add', 'remove', 'update', 'psk', 'extensions'].flatMap(kind => [`${kind} by reference`, `proposal of ${kind}`]),
]

/** What the histories of large enough groups hold. */
export const EVERYTHING: readonly string[] = [
  ...FROM_OUTSIDE.map(name => `${name}, public`),
  ...FROM_INSIDE.flatMap(name => [`${name}, public`, `${name}, private`]),
].sort()

const REQUIRING_NOTHING: RawExtension = { type: 'required_capabilities', data: Uint8Array.of(0, 0, 0) }

/** Extensions to choose from. ts-mls 1.6.4 holds external_senders for one sender, where RFC 9420 section 12.1.8.1 has a list. */
function someExtensions(roll: Dice): RawExtension[] {
  const basic = { type: 'required_capabilities', data: Uint8Array.of(0, 0, 2, 0, 1) } as const
  const unknown = { type: PRIVATE_EXTENSION, data: Uint8Array.from({ length: roll(40) }, () => roll(256)) } as const
  const lists = [[REQUIRING_NOTHING], [basic], [unknown], [basic, unknown]]
  return lists[roll(lists.length)]!
}

export class MixedGroup {
  readonly members: InteropMember[] = []
  /** How often each operation happened in each framing. */
  readonly done = new Map<string, number>()
  /** Newcomers that a known bug of theirs kept out. */
  keptOut = 0
  /** The operation that goes on. */
  #operation = ''
  readonly #make: MakeMember
  readonly #roll: Dice
  readonly #psks: { readonly id: Uint8Array; readonly secret: Uint8Array }[] = []
  #count = 0
  /** The epoch in which the last newcomer came: from then on all have the same resumption keys. */
  #together = 0n

  constructor(make: MakeMember, roll: Dice) {
    this.#make = make
    this.#roll = roll
  }

  async newcomer(): Promise<InteropMember> {
    const member = await this.#make(`member ${this.#count++}`)
    for (const { id, secret } of this.#psks) member.learn(id, secret)
    return member
  }

  async found(founder?: InteropMember): Promise<void> {
    const first = founder ?? (await this.newcomer())
    await first.found(utf8('a mixed group'))
    this.members.push(first)
  }

  pick(...except: InteropMember[]): InteropMember {
    const others = this.members.filter(member => !except.includes(member))
    return others[this.#roll(others.length)]!
  }

  #framing(): { readonly isPublic: boolean } {
    return { isPublic: this.#roll(2) === 0 }
  }

  #removable(): InteropMember[] {
    return this.members.filter(removed => {
      const rest = this.members.filter(member => member !== removed)
      return bothHalvesAreTaken(rest.map(({ leaf }) => leaf))
    })
  }

  #leave(identity: string): void {
    const at = this.members.findIndex(member => member.identity === identity)
    if (at >= 0) this.members.splice(at, 1)
  }

  /** Everybody but the sender takes in a message. */
  async deliver(message: Uint8Array, sender: InteropMember): Promise<(Uint8Array | undefined)[]> {
    const received: (Uint8Array | undefined)[] = []
    for (const member of this.members) {
      if (member === sender) continue
      try {
        received.push(await member.process(message))
      } catch (cause) {
        const pair = `${sender.implementation} to ${member.implementation}`
        throw new Error(`${member.identity} refuses a message of ${sender.identity} (${pair})`, { cause })
      }
    }
    return received
  }

  /** Commits changes and what was proposed before; `joiners` are added by either. Returns the commit. */
  async commit(
    committer: InteropMember,
    changes: readonly Change[] = [],
    {
      joiners = [],
      removed = [],
    }: { readonly joiners?: readonly InteropMember[]; readonly removed?: readonly string[] } = {},
  ): Promise<Uint8Array> {
    const { commit, welcome } = await committer.commit(changes, this.#framing())
    this.#note(this.#operation, commit)
    this.#operation = ''
    const byValue = changes.flatMap(change => (change.kind === 'remove' ? [change.identity] : []))
    for (const identity of [...removed, ...byValue]) this.#leave(identity)
    await this.deliver(commit, committer)
    const outside: InteropMember[] = []
    for (const joiner of joiners) {
      if (await this.#joins(joiner, welcome!, committer)) this.members.push(joiner)
      else outside.push(joiner)
    }
    if (joiners.length > 0) this.#together = committer.epoch
    this.keptOut += outside.length
    if (outside.length > 0) {
      await this.commit(
        committer,
        outside.map(({ identity }) => ({ kind: 'remove', identity })),
      )
    }
    return commit
  }

  /** False where a peer cannot join because of its known bug. */
  async #joins(member: InteropMember, welcome: Uint8Array, committer: InteropMember): Promise<boolean> {
    try {
      await member.join(welcome)
      return true
    } catch (cause) {
      if (isKnownBug(member, cause)) return false
      const pair = `${committer.implementation} to ${member.implementation}`
      throw new Error(`${member.identity} cannot join by the welcome of ${committer.identity} (${pair})`, { cause })
    }
  }

  async externalJoin(isResync: boolean): Promise<void> {
    const joiner = isResync ? this.pick() : await this.newcomer()
    const host = this.pick(joiner)
    const info = await host.groupInfo({ bareExternalKey: joiner.hasBareExternalKey })
    let commit: Uint8Array
    try {
      commit = await joiner.externalJoin(info, isResync)
    } catch (cause) {
      if (isKnownBug(joiner, cause)) {
        this.keptOut++
        return
      }
      const pair = `${host.implementation} to ${joiner.implementation}`
      throw new Error(`${joiner.identity} cannot join by the group info of ${host.identity} (${pair})`, { cause })
    }
    this.#note(this.#operation, commit)
    await this.deliver(commit, joiner)
    if (!isResync) this.members.push(joiner)
    this.#together = joiner.epoch
  }

  /** A pre-shared key that everybody learns. */
  psk(): Change {
    const secret = Uint8Array.from({ length: 32 }, () => this.#roll(256))
    const psk = { id: utf8(`psk ${this.#psks.length}`), secret }
    this.#psks.push(psk)
    for (const member of this.members) member.learn(psk.id, psk.secret)
    return { kind: 'psk', id: psk.id }
  }

  resumption(): Change {
    const { epoch } = this.members[0]!
    // ts-mls keeps those of four epochs
    const oldest = this.#together > epoch - 3n ? this.#together : epoch - 3n
    return { kind: 'resumption', epoch: oldest + BigInt(this.#roll(Number(epoch - oldest) + 1)) }
  }

  extensions(): Change {
    return { kind: 'extensions', extensions: someExtensions(this.#roll) }
  }

  #note(operation: string, message: Uint8Array): void {
    if (operation === '') return
    const name = `${operation}, ${framingOf(message)}`
    this.done.set(name, (this.done.get(name) ?? 0) + 1)
  }

  /** The founder adds this many at once. */
  async grow(joining: number): Promise<void> {
    await this.#add(this.members[0]!, joining, [])
    await this.check()
  }

  /** One operation of those that the group's size allows. */
  async step(most: number): Promise<void> {
    const roll = this.#roll
    const { length } = this.members
    const committer = this.pick()
    const operations: Record<string, () => Promise<unknown>> = {
      empty: () => this.commit(committer),
      psk: () => this.commit(committer, [this.psk(), ...(roll(2) === 0 ? [this.psk()] : [])]),
      resumption: () => this.commit(committer, [this.resumption()]),
      resync: () => this.externalJoin(true),
      'psk by reference': () => this.#proposed(committer, [this.psk()]),
      'update by reference': () => this.#proposed(committer, [{ kind: 'update' }]),
    }
    if (committer.canCommitExtensions) {
      operations['extensions'] = () => this.commit(committer, [this.extensions()])
      operations['extensions by reference'] = () => this.#proposed(committer, [this.extensions(), { kind: 'update' }])
    }
    if (length < most) {
      operations['add'] = async () => this.#add(committer, 1 + roll(Math.min(4, most - length)), [])
      operations['add with psk'] = async () => this.#add(committer, 1, [this.psk()])
      operations['external join'] = () => this.externalJoin(false)
      operations['add by reference'] = async () => {
        const joiner = await this.newcomer()
        await this.#proposed(committer, [{ kind: 'add', keyPackage: await joiner.keyPackage() }], [joiner])
      }
    }
    const removable = this.#removable().filter(member => member !== committer)
    if (length > 2 && removable.length > 0) {
      const remove = (): Change => ({ kind: 'remove', identity: removable[roll(removable.length)]!.identity })
      operations['remove'] = () => this.commit(committer, [remove()])
      operations['remove by reference'] = () => this.#proposed(committer, [remove()])
      if (length < most) operations['add and remove'] = async () => this.#add(committer, 1 + roll(2), [remove()])
    }
    const names = Object.keys(operations)
    const name = names[roll(names.length)]!
    this.#operation = name
    await operations[name]!()
    await this.check()
  }

  async #add(committer: InteropMember, count: number, others: readonly Change[]): Promise<void> {
    const joiners: InteropMember[] = []
    for (let i = 0; i < count; i++) joiners.push(await this.newcomer())
    const adds: Change[] = []
    for (const joiner of joiners) adds.push({ kind: 'add', keyPackage: await joiner.keyPackage() })
    await this.commit(committer, [...adds, ...others], { joiners })
  }

  /** Each change is proposed by some member that can, and all are committed by one that proposed no Update. */
  async #proposed(committer: InteropMember, changes: readonly Change[], joiners: readonly InteropMember[] = []) {
    const removed = changes.flatMap(change => (change.kind === 'remove' ? [change.identity] : []))
    const proposers = this.members.filter(member => !removed.includes(member.identity))
    for (const change of changes) {
      const able = proposers.filter(
        member => change.kind !== 'update' || (member.canProposeUpdates && member !== committer),
      )
      if (able.length === 0) continue
      const proposer = able[this.#roll(able.length)]!
      const proposal = await proposer.propose(change, this.#framing())
      this.#note(`proposal of ${change.kind}`, proposal)
      await this.deliver(proposal, proposer)
    }
    await this.commit(committer, [], { joiners, removed })
  }

  /** Everybody agrees, and reads what somebody says. */
  async check(): Promise<void> {
    expect(new Set(this.members.map(member => member.authenticator())).size).toBe(1)
    const sender = this.pick()
    const text = utf8(`hello from ${sender.identity}${'!'.repeat(this.#roll(300))}`)
    for (const read of await this.deliver(await sender.encrypt(text), sender)) expect(read).toEqual(text)
    const exported = await Promise.all(this.members.map(member => member.exportSecret('interop', utf8('context'), 32)))
    expect(new Set(exported).size).toBe(1)
  }
}
