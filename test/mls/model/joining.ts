/** How people come into the group: by a Welcome, by a commit of their own, or by a proposal from outside. */
import { expect } from 'vitest'
import type { Client } from '../../../src/client/client.ts'
import { Group } from '../../../src/mls/group.ts'
import { proposeFromOutside, proposeToJoin } from '../../../src/mls/outside.ts'
import { signerOf } from '../leaves.ts'
import { extensionsAfter } from './acts.ts'
import { insist } from './check.ts'
import { OUTSIDER, type Person } from './people.ts'
import { hasPsk } from './predict.ts'
import { reseat } from './rules.ts'
import { fingerprint } from './snapshots.ts'
import { type Commit, type Entry, type Epoch, type Member, newMember, type Proposal, type Wish } from './state.ts'
import type { Invitation, World } from './world.ts'

/** A wish to add somebody. */
export function addWish(world: World, person: Person, lastResort: boolean): Wish {
  const published = person.publish(lastResort)
  world.published.set(published.name, published)
  if (lastResort) world.tally.add('last resort')
  return { type: 'add', keyPackage: published.name, person: person.id, key: person.key }
}

/** Opens the Welcome of a commit. */
export function openWelcome(world: World, client: Client, commit: Commit): Group {
  const { welcome, ratchetTree } = world.welcomes.get(commit)!
  return client.join(welcome, ratchetTree === undefined ? {} : { ratchetTree })
}

/** Whether a newcomer has the pre-shared keys of a commit. */
export function knowsPsks(person: Person, { list }: Commit): boolean {
  return list.every(({ wish }) => hasPsk({ resumption: [] }, person.known, wish))
}

/** The key package that somebody was added by. */
export function keyPackageAt({ list, added }: Commit, leaf: number): string {
  const adds = list.flatMap(({ wish }) => (wish.type === 'add' ? [wish.keyPackage] : []))
  return adds[added.indexOf(leaf)]!
}

/** Where a device dies while it joins: before it has stored the group, or between the group and the client. */
export type Death = 'before the group' | 'before the client'

/** Somebody opens a Welcome. */
export function join(world: World, { person, commit, leaf }: Invitation, death?: Death): Member | undefined {
  const refused = knowsPsks(person, commit) ? undefined : 'unknown-psk'
  const open = () => world.expectRefusal(refused, () => openWelcome(world, person.device, commit))
  let group = open()
  if (group === undefined) return undefined
  if (death === 'before the group') {
    const first = fingerprint(group)
    group.close()
    world.beginAgain(person)
    group = open()!
    insist(fingerprint(group) === first, 'a Welcome that is opened again leads elsewhere')
  }
  const member = world.enter(newMember(person.id, leaf, commit.next), group)
  // the key package stays where it was: whoever steals the client later can open the Welcome
  if (death === 'before the client') world.beginAgain(person)
  else person.use(keyPackageAt(commit, leaf))
  world.tally.add('joined')
  if (death !== undefined) world.tally.add(`died: ${death}`)
  return member
}

/** Somebody makes a commit to come in, or to come in again in place of a former self. */
export function joinByOneself(
  world: World,
  person: Person,
  { host, former, psk }: { host: Member; former: number | undefined; psk: string | undefined },
): { readonly member: Member; readonly commit: Commit } {
  const { epoch } = host
  const selfRemoves = [...host.cache].filter(({ wish }) => wish.type === 'self_remove')
  const isLeaving = selfRemoves.some(({ wish }) => 'leaf' in wish && wish.leaf === former)
  const pskWish: Wish | undefined = psk === undefined ? undefined : { type: 'external_psk', name: psk }
  const request = {
    ...person.client.description,
    suite: world.suite,
    config: person.client.config,
    groupInfo: world.groupOf(host).groupInfo(),
    selfRemoves: selfRemoves.map(each => world.bytes.get(each)!),
    ...(former === undefined ? {} : { resync: former }),
    ...(psk === undefined ? {} : { psks: [pskId(world, psk)] }),
  }
  const made = Group.externalJoin(request)
  const list: Entry[] = [
    ...(former === undefined || isLeaving ? [] : [{ wish: { type: 'remove', leaf: former } as const }]),
    ...(pskWish === undefined ? [] : [{ wish: pskWish }]),
    ...selfRemoves.map(from => ({ wish: from.wish, from })),
  ]
  const { seats, joined } = reseat(epoch, list, { person: person.id, key: person.key })
  const next = {
    number: epoch.number + 1n,
    by: undefined as Commit | undefined,
    seats,
    extensions: extensionsAfter(host, list),
  }
  const framed = { id: world.log.length, epoch, isPrivate: false, leaf: undefined, generation: 0 }
  const commit: Commit = { ...framed, kind: 'commit', list, hasPath: true, committer: joined!, added: [], next }
  next.by = commit
  expect(made.group.leaf).toBe(joined)
  const member = world.enter(newMember(person.id, joined!, next), made.group)
  world.record(commit, made.commit)
  world.tally.add(former === undefined ? 'joined by oneself' : 'joined again')
  return { member, commit }
}

function pskId(world: World, name: string) {
  const pskNonce = new Uint8Array(world.suite.kdf.length)
  world.suite.random(pskNonce)
  return { psktype: 'external', pskId: new TextEncoder().encode(name), pskNonce } as const
}

/** Somebody asks to be added, or the external sender asks for something. */
export function proposeOutside(world: World, epoch: Epoch, groupId: Uint8Array, wish: Wish): Proposal {
  const to = { groupId, epoch: epoch.number }
  let bytes: Uint8Array
  if (wish.type === 'add') {
    const { client } = world.people[wish.person]!
    const encoded = world.published.get(wish.keyPackage)!.bytes
    const keyPackage = client.keyPackages.find(own => own.encoded === encoded)!
    bytes = proposeToJoin(world.suite, to, { signer: client.signer, keyPackage, config: client.config })
  } else {
    const proposal = { proposalType: 'remove', removed: (wish as { leaf: number }).leaf } as const
    bytes = proposeFromOutside(world.suite, to, { signer: signerOf(world.suite, OUTSIDER), senderIndex: 0, proposal })
  }
  const framed = { id: world.log.length, epoch, isPrivate: false, leaf: undefined, generation: 0 }
  const proposal: Proposal = world.sameAs(bytes) ?? { ...framed, kind: 'proposal', wish }
  world.tally.add(`proposed from outside: ${wish.type}`)
  world.publish(proposal, bytes)
  return proposal
}
