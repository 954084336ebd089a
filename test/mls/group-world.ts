/** Clients and groups to test with: everybody in one process, messages delivered by hand. */
import { expect } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import { NO_DESCRIPTION, saveClient } from '../../src/client/saved-client.ts'
import { createProvider, type SuiteProvider } from '../../src/crypto/index.ts'
import type { Signer } from '../../src/crypto/provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { Group } from '../../src/mls/group.ts'
import type { GroupConfig } from '../../src/mls/group-config.ts'
import type { GroupEvent } from '../../src/mls/group-events.ts'
import type { NewGroup } from '../../src/mls/group-found.ts'
import type { CommitOptions, CommitResult } from '../../src/mls/group-send.ts'
import {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  type KeyPackageRequest,
  type OwnKeyPackage,
} from '../../src/mls/key-package-create.ts'
import type { Capabilities } from '../../src/mls/leaf-node.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { signatureKeyOf, signerOf } from './leaves.ts'

export const NOW = 1_500n
export const LIFETIME = { notBefore: 1_000n, notAfter: 2_000n }
export const CUSTOM_TYPE = 0xf0a0
export const CUSTOM_EXTENSION = 0xf0e0

/** Random bytes that are the same in every run. */
export function seededRandom(seed: number): RandomSource {
  let state = (seed * 2654435761 + 1) >>> 0
  return out => {
    for (let i = 0; i < out.length; i++) {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
      out[i] = (state >>> 11) & 0xff
    }
  }
}

/** A provider whose randomness can be replayed. */
export function seededProvider(seed: number): SuiteProvider {
  return createProvider({ random: seededRandom(seed) })
}

/** Somebody with a signature key and a name. */
export class TestClient {
  readonly suite: CipherSuite
  readonly seed: number
  readonly config: GroupConfig
  readonly description: ClientDescription
  readonly keyPackages: OwnKeyPackage[] = []

  constructor(suite: CipherSuite, seed: number, config: GroupConfig = {}, capabilities: Partial<Capabilities> = {}) {
    const credential = { credentialType: 'basic', identity: utf8(`client ${seed}`) } as const
    const all = defaultCapabilities(suite, credential)
    this.suite = suite
    this.seed = seed
    this.config = { clock: () => NOW, ...config }
    this.description = {
      signer: signerOf(suite, seed),
      credential,
      capabilities: {
        ...all,
        extensions: [...all.extensions, CUSTOM_EXTENSION],
        proposals: [...all.proposals, CUSTOM_TYPE],
        ...capabilities,
      },
    }
  }

  get signer(): Signer {
    return this.description.signer
  }

  /** A fresh key package, kept to join with. */
  keyPackage(changes: Partial<KeyPackageRequest> = {}): Uint8Array {
    const own = createKeyPackage(this.suite, { ...this.description, lifetime: LIFETIME, ...changes })
    this.keyPackages.push(own)
    return own.encoded
  }

  /** All that this client is, private keys of its key packages and all. */
  save(): Uint8Array {
    const { suite, seed, keyPackages, description } = this
    const { credential } = description
    const signatureKey = signatureKeyOf(suite, seed)
    return saveClient(suite, { signatureKey, credential, keyPackages, description: NO_DESCRIPTION })
  }

  add(): ProposalRequest {
    return { type: 'add', keyPackage: this.keyPackage() }
  }

  create(changes: Partial<NewGroup> = {}): Group {
    return Group.create({ ...this.description, suite: this.suite, config: this.config, ...changes })
  }

  join(welcome: Uint8Array, more: { ratchetTree?: Uint8Array; previous?: Group } = {}): Group {
    const { suite, keyPackages, signer, config } = this
    return Group.join({ suite, welcome, keyPackages, signer, config, ...more })
  }
}

/** All agree. */
export function expectAgreement(groups: readonly Group[]): void {
  const [first] = groups
  if (first === undefined) return
  const authenticator = toHex(first.epochAuthenticator())
  const tree = toHex(first.ratchetTree())
  for (const group of groups) {
    expect(group.epoch).toBe(first.epoch)
    expect(toHex(group.epochAuthenticator())).toBe(authenticator)
    expect(toHex(group.ratchetTree())).toBe(tree)
    expect(group.memberCount).toBe(first.memberCount)
  }
}

/** A group and all of its members' views of it. */
export class TestGroup {
  readonly clients = new Map<Group, TestClient>()

  get groups(): Group[] {
    return [...this.clients.keys()]
  }

  static found(creator: TestClient, changes: Partial<NewGroup> = {}): TestGroup {
    const world = new TestGroup()
    world.clients.set(creator.create(changes), creator)
    return world
  }

  /** A group of these members, the first of which founds it. */
  static of(clients: readonly TestClient[], changes: Partial<NewGroup> = {}): TestGroup {
    const world = TestGroup.found(clients[0]!, changes)
    if (clients.length > 1) world.commit(world.groups[0]!, [], clients.slice(1))
    return world
  }

  /** Gives a message to everybody but its sender. */
  deliver(message: Uint8Array, sender?: Group): Map<Group, GroupEvent> {
    const events = new Map<Group, GroupEvent>()
    for (const group of this.groups) if (group !== sender) events.set(group, group.process(message))
    for (const [group, { kind }] of events) if (kind === 'removed') this.clients.delete(group)
    return events
  }

  propose(sender: Group, request: ProposalRequest): void {
    const message = sender.propose(request)
    for (const { kind } of this.deliver(message, sender).values()) expect(kind).toBe('proposal')
  }

  /** One commit, followed by everybody, echo included; newcomers join by the Welcome. */
  commit(
    sender: Group,
    requests: readonly ProposalRequest[],
    newcomers: readonly TestClient[] = [],
    options: CommitOptions = {},
  ): CommitResult {
    const result = sender.commit([...requests, ...newcomers.map(client => client.add())], options)
    this.deliver(result.commit)
    for (const client of newcomers) this.join(client, result)
    expectAgreement(this.groups)
    return result
  }

  join(client: TestClient, { welcome, ratchetTree }: CommitResult): Group {
    const group = client.join(welcome!, ratchetTree === undefined ? {} : { ratchetTree })
    this.clients.set(group, client)
    return group
  }

  /** Everybody reads what one says. */
  say(sender: Group, text: string): void {
    const message = sender.encrypt(utf8(text), utf8('in the clear'))
    for (const [, event] of this.deliver(message, sender)) {
      expect(event).toMatchObject({ kind: 'message', sender: sender.leaf, data: utf8(text) })
    }
  }
}
