/** Actors on servers of the interoperability service, and what a harness has them do: after every epoch all of them must agree. */
import { expect } from 'vitest'
import type { Remote } from '../../../interop/grpc.ts'
import { Description, type MethodName, type RequestOf, type ResponseOf } from '../../../interop/service.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'

/** What stays the same during a scenario. */
export interface Setting {
  readonly suite: number
  readonly encryptHandshake: boolean
  /** Another suite that all servers have. */
  readonly otherSuite: number
}

/** How a commit is made, and by whom it is taken in. */
export interface Committed {
  readonly byReference?: readonly Uint8Array[]
  readonly byValue?: readonly Partial<Description>[]
  readonly members?: readonly string[]
  readonly joiners?: readonly string[]
  readonly forcePath?: boolean
  readonly treeApart?: boolean
}

type Extensions = Description['extensions']

/** How a group is ended and begun again. */
export interface Reinit {
  readonly proposer: string
  readonly committer: string
  readonly welcomer: string
  /** Everybody, those three among them. */
  readonly everybody: readonly string[]
  readonly suite?: number
  readonly groupId?: string
  readonly extensions?: Extensions
  readonly treeApart?: boolean
  readonly forcePath?: boolean
  /** Instead of one of the proposer's. */
  readonly proposal?: Uint8Array
}

/** A proposal in words, with a kind. */
export function describe(kind: string, rest: Partial<Description> = {}): Description {
  return { ...Description.absent(), ...rest, kind: utf8(kind) }
}

export class Stage {
  readonly setting: Setting
  readonly #remotes: readonly Remote[]
  /** By actor: the server that acts for it, and the number of its state, transaction or signer there. */
  readonly #places = new Map<string, Remote>()
  readonly states = new Map<string, number>()
  readonly transactions = new Map<string, number>()
  #rotation: number
  #groupId = ''

  /** Actors are dealt to the servers in turn, from one of them on. */
  constructor(remotes: readonly Remote[], setting: Setting, rotation = 0) {
    this.#remotes = remotes
    this.setting = setting
    this.#rotation = rotation
  }

  call<M extends MethodName>(actor: string, method: M, request: Partial<RequestOf<M>>): Promise<ResponseOf<M>> {
    let remote = this.#places.get(actor)
    if (remote === undefined) {
      remote = this.#remotes[this.#rotation++ % this.#remotes.length]!
      this.#places.set(actor, remote)
    }
    return remote.call(method, request)
  }

  state(actor: string): number {
    const state = this.states.get(actor)
    if (state === undefined) throw new Error(`${actor} is in no group`)
    return state
  }

  async found(founder: string, members: readonly string[] = []): Promise<void> {
    const { suite, encryptHandshake } = this.setting
    this.#groupId = `group of ${founder} ${Math.random()}`
    const request = { groupId: utf8(this.#groupId), suite, encryptHandshake, identity: utf8(founder) }
    this.states.set(founder, (await this.call(founder, 'CreateGroup', request)).state)
    if (members.length === 0) return
    const byValue: Partial<Description>[] = []
    for (const member of members) byValue.push(describe('add', { keyPackage: await this.keyPackage(member) }))
    await this.commit(founder, { byValue, joiners: members })
  }

  async keyPackage(actor: string, suite = this.setting.suite): Promise<Uint8Array> {
    const made = await this.call(actor, 'CreateKeyPackage', { suite, identity: utf8(actor) })
    expect(Math.min(made.initKey.length, made.encryptionKey.length, made.signatureKey.length)).toBeGreaterThan(15)
    this.transactions.set(actor, made.transaction)
    return made.keyPackage
  }

  async propose<M extends MethodName>(actor: string, method: M, rest: object = {}): Promise<Uint8Array> {
    const request = { state: this.state(actor), ...rest } as unknown as Partial<RequestOf<M>>
    const { proposal } = (await this.call(actor, method, request)) as unknown as { readonly proposal: Uint8Array }
    return proposal
  }

  /** A key that these actors know from elsewhere. */
  async psk(actors: readonly string[]): Promise<{ readonly id: Uint8Array; readonly secret: Uint8Array }> {
    const psk = { id: utf8(`psk ${Math.random()}`), secret: crypto.getRandomValues(new Uint8Array(32)) }
    for (const actor of actors) {
      const stateOrTransaction = this.states.get(actor) ?? this.transactions.get(actor)!
      await this.call(actor, 'StorePSK', { stateOrTransaction, ...psk })
    }
    return psk
  }

  /** One makes a commit, the others take it in, newcomers join. */
  async commit(committer: string, how: Committed = {}): Promise<Uint8Array> {
    const { byReference = [], byValue = [], members = [], joiners = [], forcePath = false, treeApart = false } = how
    const descriptions = byValue.map(description => ({ ...Description.absent(), ...description }))
    const order = { state: this.state(committer), byReference, byValue: descriptions, forcePath, treeApart }
    const made = await this.call(committer, 'Commit', order)
    expect(made.welcome.length > 0).toBe(joiners.length > 0)
    expect(made.tree.length > 0).toBe(treeApart && joiners.length > 0)
    const own = await this.call(committer, 'HandlePendingCommit', { state: this.state(committer) })
    this.states.set(committer, own.state)
    for (const member of members) {
      const request = { state: this.state(member), proposals: byReference, commit: made.commit }
      this.#agree(member, await this.call(member, 'HandleCommit', request), own.authenticator)
    }
    for (const joiner of joiners) await this.join(joiner, made, own.authenticator)
    await this.talk([committer, ...members, ...joiners])
    return made.commit
  }

  async join(
    joiner: string,
    { welcome, tree }: { readonly welcome: Uint8Array; readonly tree: Uint8Array },
    authenticator: Uint8Array,
  ): Promise<void> {
    const { encryptHandshake } = this.setting
    const transaction = this.transactions.get(joiner)!
    const request = { transaction, welcome, tree, encryptHandshake, identity: utf8(joiner) }
    this.#agree(joiner, await this.call(joiner, 'JoinGroup', request), authenticator)
  }

  #agree(
    actor: string,
    answer: { readonly state: number; readonly authenticator: Uint8Array },
    authenticator: Uint8Array,
  ): void {
    expect(toHex(answer.authenticator), `${actor} agrees`).toBe(toHex(authenticator))
    this.states.set(actor, answer.state)
  }

  /** One of them says something, all others read it; all of them export the same. */
  async talk(actors: readonly string[]): Promise<void> {
    const [speaker, ...others] = actors
    if (speaker === undefined || others.length === 0) return
    const said = { authenticatedData: utf8('in the clear'), data: utf8(`${speaker} speaks`) }
    const { message } = await this.call(speaker, 'Protect', { state: this.state(speaker), ...said })
    for (const other of others)
      expect(await this.call(other, 'Unprotect', { state: this.state(other), message })).toEqual(said)
    const exported = new Set<string>()
    for (const actor of actors) {
      const request = { state: this.state(actor), label: 'harness', context: utf8('context'), length: 40 }
      exported.add(toHex((await this.call(actor, 'Export', request)).secret))
    }
    expect(exported.size).toBe(1)
  }

  async externalJoin(
    host: string,
    joiner: string,
    how: {
      readonly members?: readonly string[]
      readonly treeApart?: boolean
      readonly removePrior?: boolean
      readonly psks?: readonly { readonly id: Uint8Array; readonly secret: Uint8Array }[]
    } = {},
  ): Promise<void> {
    const { members = [], treeApart = false, removePrior = false, psks = [] } = how
    const info = await this.call(host, 'GroupInfo', { state: this.state(host), treeApart })
    expect(info.tree.length > 0).toBe(treeApart)
    const { encryptHandshake } = this.setting
    const request = { ...info, encryptHandshake, identity: utf8(joiner), removePrior, psks }
    const joined = await this.call(joiner, 'ExternalJoin', request)
    for (const member of [host, ...members]) {
      const taken = await this.call(member, 'HandleCommit', { state: this.state(member), commit: joined.commit })
      this.#agree(member, taken, joined.authenticator)
    }
    this.states.set(joiner, joined.state)
    await this.talk([joiner, host, ...members])
  }

  async reinit(how: Reinit): Promise<void> {
    const { proposer, committer, welcomer, everybody, treeApart = false, forcePath = false } = how
    const { suite = this.setting.suite, groupId = this.#groupId, extensions = [] } = how
    const terms = { suite, groupId: utf8(groupId), extensions }
    const proposal = how.proposal ?? (await this.propose(proposer, 'ReInitProposal', terms))
    const order = { state: this.state(committer), byReference: [proposal] }
    const { commit } = await this.call(committer, 'ReInitCommit', order)
    const ended = new Map<string, ResponseOf<'HandleReInitCommit'>>()
    ended.set(committer, await this.call(committer, 'HandlePendingReInitCommit', { state: this.state(committer) }))
    for (const member of everybody) {
      if (member === committer) continue
      const request = { state: this.state(member), proposals: [proposal], commit }
      ended.set(member, await this.call(member, 'HandleReInitCommit', request))
    }
    expect(new Set([...ended.values()].map(({ authenticator }) => toHex(authenticator))).size).toBe(1)
    const others = everybody.filter(member => member !== welcomer)
    const keyPackages = others.map(member => ended.get(member)!.keyPackage)
    const founding = { reinit: ended.get(welcomer)!.reinit, keyPackages, forcePath, treeApart }
    const founded = await this.call(welcomer, 'ReInitWelcome', founding)
    expect(founded.tree.length > 0).toBe(treeApart)
    this.states.set(welcomer, founded.state)
    for (const member of others) {
      const request = { reinit: ended.get(member)!.reinit, welcome: founded.welcome, tree: founded.tree }
      this.#agree(member, await this.call(member, 'HandleReInitWelcome', request), founded.authenticator)
    }
    await this.talk(everybody)
  }

  /** A group of some of the members beside the old one; the actors go on in the new one. Returns their states in the old one. */
  async branch(
    founder: string,
    members: readonly string[],
    how: { readonly extensions?: Extensions; readonly treeApart?: boolean; readonly forcePath?: boolean } = {},
  ): Promise<ReadonlyMap<string, number>> {
    const { extensions = [], treeApart = false, forcePath = false } = how
    const keyPackages: Uint8Array[] = []
    for (const member of members) keyPackages.push(await this.keyPackage(member))
    const groupId = utf8(`branch ${Math.random()}`)
    const request = { state: this.state(founder), groupId, extensions, keyPackages, forcePath, treeApart }
    const before = new Map(this.states)
    const founded = await this.call(founder, 'CreateBranch', request)
    expect(founded.tree.length > 0).toBe(treeApart)
    this.states.set(founder, founded.state)
    for (const member of members) {
      const { welcome, tree } = founded
      const transaction = this.transactions.get(member)!
      const joined = await this.call(member, 'HandleBranch', { state: this.state(member), transaction, welcome, tree })
      this.#agree(member, joined, founded.authenticator)
    }
    await this.talk([founder, ...members])
    return before
  }

  /** Everybody's states are freed; whoever asks for them afterwards is told so. */
  async free(): Promise<void> {
    for (const [actor, state] of this.states) {
      await this.call(actor, 'Free', { state })
      await expect(this.call(actor, 'StateAuth', { state })).rejects.toMatchObject({ code: 5 })
    }
  }
}
