/** A group of many clients in one process, for generated vectors: everything that is sent reaches everybody, and is kept. */
import { toHex } from '../../../base/bytes.ts'
import type { Signer } from '../../../crypto/provider.ts'
import { ExternalSenders, makeExtension } from '../../../mls/extension.ts'
import { Group } from '../../../mls/group.ts'
import type { GroupConfig } from '../../../mls/group-config.ts'
import type { CommitOptions } from '../../../mls/group-send.ts'
import type { OwnKeyPackage } from '../../../mls/key-package-create.ts'
import { proposeFromOutside, proposeToJoin } from '../../../mls/outside.ts'
import { padToMultiple } from '../../../mls/padding.ts'
import type { Proposal } from '../../../mls/proposal.ts'
import type { ProposalRequest } from '../../../mls/proposal-request.ts'
import { ExtensionType } from '../../../mls/registries.ts'
import { CUSTOM_PROPOSAL, type Maker, NOW, type VectorCase, type VectorClient } from './maker.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Somebody who waits to be added. */
export interface Newcomer {
  readonly client: VectorClient
  readonly own: OwnKeyPackage
}

/** What a commit that adds the client whose view is recorded sends to it. */
export interface Invitation {
  readonly welcome: Bytes
  readonly ratchetTree: Bytes | undefined
  readonly committer: Group
}

const PSKS = 4
const SMALLEST = 3
const LARGEST = 12

export class GroupWorld {
  readonly maker: Maker
  readonly psks: ReadonlyMap<string, Bytes>
  readonly #clients = new Map<Group, VectorClient>()
  readonly #outsider: Signer
  /** Who is recorded: it stays, and only listens. */
  #passive: Group | undefined
  #proposals: Bytes[] = []

  constructor(maker: Maker, framing: readonly ('public' | 'private')[] = ['public', 'private']) {
    const { suite, draws } = maker
    this.maker = maker
    this.#framing = framing
    this.psks = new Map(Array.from({ length: PSKS }, () => [maker.hex(draws.between(1, 24)), maker.secret()]))
    this.#outsider = suite.signature.signer(suite.generateSignatureKey())
    const client = maker.client()
    const credential = { credentialType: 'basic', identity: maker.bytes(12) } as const
    const senders = [{ signatureKey: this.#outsider.publicKey, credential }]
    const external = makeExtension(ExtensionType.of.external_senders, ExternalSenders, senders)
    const extensions = draws.chance(0.5) ? [external, maker.extension()] : [external]
    const groupId = maker.bytes(draws.between(1, 32))
    this.#clients.set(
      Group.create({ ...client.description, suite, groupId, extensions, config: this.#config() }),
      client,
    )
  }

  readonly #framing: readonly ('public' | 'private')[]

  #config(): GroupConfig {
    return {
      clock: () => NOW,
      handshake: this.maker.draws.pick(this.#framing),
      padding: padToMultiple(16),
      preSharedKey: id => (id.psktype === 'external' ? this.psks.get(toHex(id.pskId)) : undefined),
    }
  }

  get groups(): Group[] {
    return [...this.#clients.keys()]
  }

  /** Anybody but the one who only listens, and but these. */
  one(...others: readonly Group[]): Group {
    return this.maker.draws.pick(this.groups.filter(group => group !== this.#passive && !others.includes(group)))
  }

  newcomer(): Newcomer {
    const client = this.maker.client()
    return { client, own: this.maker.keyPackage(client) }
  }

  #join({ client, own }: Newcomer, { welcome, ratchetTree }: Pick<Invitation, 'welcome' | 'ratchetTree'>): Group {
    const { suite } = this.maker
    const { signer } = client.description
    const tree = ratchetTree === undefined ? {} : { ratchetTree }
    const group = Group.join({ suite, welcome, keyPackages: [own], signer, config: this.#config(), ...tree })
    this.#clients.set(group, client)
    return group
  }

  /** All take in a message but its sender. Those who were removed are gone. */
  #deliver(message: Uint8Array, sender?: Group): void {
    for (const group of this.groups) if (group !== sender) group.process(message)
    for (const group of this.groups) if (group.status === 'removed') this.#clients.delete(group)
  }

  #propose(message: Bytes, sender?: Group): void {
    this.#proposals.push(message)
    this.#deliver(message, sender)
  }

  /**
   * Some propose things, from inside and outside. Resumption keys and newcomers, who do not have them, are not in one commit.
   */
  propose(adding: boolean): Newcomer[] {
    const { draws, suite } = this.maker
    const waiting: Newcomer[] = []
    for (let left = draws.between(0, 3); left > 0; left--) {
      const [sender, to] = [this.one(), this.#addressee()]
      const removable = this.groups.length - waiting.length > SMALLEST
      const special = adding ? (['add', 'ask'] as const) : (['resumption', 'custom'] as const)
      const kind = draws.pick(['remove', 'update', 'psk', 'outside', ...special] as const)
      if ((kind === 'add' || kind === 'ask') && this.groups.length + waiting.length < LARGEST) {
        const newcomer = this.newcomer()
        waiting.push(newcomer)
        const { signer } = newcomer.client.description
        if (kind === 'ask')
          this.#propose(proposeToJoin(suite, to, { signer, keyPackage: newcomer.own, config: { clock: () => NOW } }))
        else this.#propose(sender.propose({ type: 'add', keyPackage: newcomer.own.encoded }), sender)
      } else if (kind === 'remove' && removable) {
        this.#propose(sender.propose({ type: 'remove', leaf: this.one(sender).leaf }), sender)
      } else if (kind === 'outside' && removable) {
        const proposal: Proposal = { proposalType: 'remove', removed: this.one().leaf }
        this.#propose(proposeFromOutside(suite, to, { signer: this.#outsider, senderIndex: 0, proposal }))
      } else if (kind === 'update') {
        this.#propose(sender.propose({ type: 'update' }), sender)
      } else if (kind === 'psk' || kind === 'resumption') {
        this.#propose(sender.propose(this.#psk(kind)), sender)
      } else if (kind === 'custom') {
        const data = this.maker.bytes(draws.between(0, 20))
        this.#propose(sender.propose({ type: 'custom', proposalType: CUSTOM_PROPOSAL, data }), sender)
      }
    }
    return waiting
  }

  #addressee() {
    const { groupId, epoch } = this.one()
    return { groupId, epoch }
  }

  #psk(kind: 'psk' | 'resumption'): ProposalRequest {
    if (kind === 'resumption') return { type: 'resumption_psk' }
    const id = this.maker.draws.pick([...this.psks.keys()])
    return { type: 'external_psk', pskId: Uint8Array.from(id.match(/../g)!, byte => Number.parseInt(byte, 16)) }
  }

  /** What a commit does by itself. */
  requests(adding: boolean): ProposalRequest[] {
    const { maker } = this
    const kind = maker.draws.pick(['none', 'psk', 'psks', 'resumption', 'extensions', 'none'] as const)
    if (kind === 'psk' || (kind === 'resumption' && !adding)) return [this.#psk(kind)]
    if (kind === 'psks') return [this.#psk('psk'), this.#psk(adding ? 'psk' : 'resumption'), this.#psk('psk')]
    if (kind !== 'extensions') return []
    const kept = this.one().extensions.filter(
      ({ extensionType }) => extensionType === ExtensionType.of.external_senders,
    )
    return [{ type: 'extensions', extensions: [...kept, maker.extension()] }]
  }

  /** A commit of what waits and of these requests; those who are added join. */
  commit(
    requests: readonly ProposalRequest[],
    newcomers: readonly Newcomer[],
    options: CommitOptions = {},
  ): { readonly commit: Bytes; readonly invitation: Invitation | undefined } {
    const committer = this.one()
    const adds = newcomers
      .filter(({ own }) => !this.#isProposed(committer, own))
      .map(({ own }): ProposalRequest => ({ type: 'add', keyPackage: own.encoded }))
    const { commit, welcome, ratchetTree } = committer.commit([...requests, ...adds], options)
    committer.accept()
    this.#deliver(commit, committer)
    if (welcome === undefined) return { commit, invitation: undefined }
    const invitation = { welcome, ratchetTree, committer }
    for (const newcomer of newcomers) this.#join(newcomer, invitation)
    return { commit, invitation }
  }

  #isProposed(group: Group, own: OwnKeyPackage): boolean {
    return group.proposals.some(
      ({ proposal }) =>
        proposal.proposalType === 'add' && toHex(proposal.keyPackage.signature) === toHex(own.keyPackage.signature),
    )
  }

  /** Somebody joins from outside, perhaps in place of a former self. */
  joinFromOutside(): Bytes {
    const { suite, draws } = this.maker
    const inside = this.one()
    const former = draws.chance(0.4) ? this.one(inside) : undefined
    const client = former === undefined ? this.maker.client() : this.#clients.get(former)!
    if (former !== undefined) this.#clients.delete(former)
    const { group, commit } = Group.externalJoin({
      ...client.description,
      suite,
      groupInfo: inside.groupInfo(),
      config: this.#config(),
      ...(former === undefined ? {} : { resync: former.leaf }),
    })
    this.#deliver(commit)
    this.#clients.set(group, client)
    return commit
  }

  /** From now on this one only listens. */
  listen(newcomer: Newcomer): void {
    this.#passive = this.groups.find(group => this.#clients.get(group) === newcomer.client)
  }

  get passive(): Group {
    return this.#passive!
  }

  /** Takes the proposals since the last call. */
  takeProposals(): string[] {
    return this.#proposals.splice(0).map(toHex)
  }

  externalPsks(): VectorCase[] {
    return [...this.psks].map(([psk_id, psk]) => ({ psk_id, psk: toHex(psk) }))
  }
}
