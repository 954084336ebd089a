/** Ours, as a messenger uses it. */
import { createHash } from 'node:crypto'
import { utf8 } from '../../src/base/bytes.ts'
import type { SuiteProvider } from '../../src/crypto/default-provider.ts'
import type { Signer } from '../../src/crypto/provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { Group } from '../../src/mls/group.ts'
import type { GroupConfig } from '../../src/mls/group-config.ts'
import {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  type OwnKeyPackage,
} from '../../src/mls/key-package-create.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { CredentialType } from '../../src/mls/registries.ts'
import type { Change, GroupMember, GroupSubject, Newcomer, Sent, TreeDelivery } from './group-subject.ts'

/** From long ago to far from now: fixtures stay valid, also for peers. */
export const LIFETIME = { notBefore: 0n, notAfter: 2n ** 40n } as const

export const CONFIG: GroupConfig = { maxLeaves: 2 ** 19 }

/** A client from the random source of its suite. core-crypto takes nobody who does not know certificates. */
export function clientOf(suite: CipherSuite, label: string): ClientDescription {
  const seed = new Uint8Array(suite.signature.privateKeyLength)
  suite.random(seed)
  const client = clientWith(suite.signature.signer(seed), label)
  const credentials = [CredentialType.of.basic, CredentialType.of.x509]
  return { ...client, capabilities: { ...defaultCapabilities(suite, client.credential), credentials } }
}

export function clientWith(signer: Signer, label: string): ClientDescription {
  return { signer, credential: { credentialType: 'basic', identity: utf8(identityOf(label)) } }
}

/** Who has this label, in the form that core-crypto wants of whoever it has to do with: user, device, domain. */
export function identityOf(label: string): string {
  const hash = createHash('sha256').update(label).digest('hex')
  const user = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(12, 15)}`,
    `8${hash.slice(15, 18)}`,
    hash.slice(18, 30),
  ]
  return `${user.join('-')}:1@example.org`
}

function requestsOf(change: Change): ProposalRequest[] {
  switch (change.kind) {
    case 'update':
      return []
    case 'add':
      return change.keyPackages.map(keyPackage => ({ type: 'add', keyPackage }))
    case 'remove':
      return [{ type: 'remove', leaf: change.leaf }]
  }
}

/** A member of ours; `group` is for scenarios that no peer takes part in. */
export class CopathMember implements GroupMember {
  readonly group: Group

  constructor(group: Group) {
    this.group = group
  }

  commit(change: Change, tree: TreeDelivery): Sent {
    const { commit, welcome } = this.group.commit(requestsOf(change), { ratchetTree: tree })
    this.group.accept()
    return { commit, welcome }
  }

  process(commit: Uint8Array): void {
    this.group.process(commit)
  }

  encrypt(data: Uint8Array): Uint8Array {
    return this.group.encrypt(data)
  }

  decrypt(message: Uint8Array): Uint8Array {
    const event = this.group.process(message)
    if (event.kind !== 'message') throw new Error(`an application message was read as ${event.kind}`)
    return event.data
  }

  epochAuthenticator(): Uint8Array {
    return this.group.epochAuthenticator()
  }

  close(): void {
    this.group.close()
  }
}

/** A newcomer of ours; `own` can be put into a fixture. */
export class CopathNewcomer implements Newcomer {
  readonly suite: CipherSuite
  readonly client: ClientDescription
  readonly own: OwnKeyPackage

  constructor(suite: CipherSuite, client: ClientDescription, own?: OwnKeyPackage) {
    this.suite = suite
    this.client = client
    this.own = own ?? createKeyPackage(suite, { ...client, lifetime: LIFETIME })
  }

  get keyPackage(): Uint8Array {
    return this.own.encoded
  }

  join(welcome: Uint8Array, tree: Uint8Array | undefined): CopathMember {
    const { suite, client, own } = this
    const request = { suite, welcome, keyPackages: [own], signer: client.signer, config: CONFIG }
    return new CopathMember(Group.join(tree === undefined ? request : { ...request, ratchetTree: tree }))
  }
}

/** Ours, with members that scenarios without peers may look into. */
export interface CopathSubject extends GroupSubject {
  newcomer(suite: number, identity: string): CopathNewcomer
  found(suite: number, identity: string): CopathMember
}

/** Our subject on a provider: the default one, one that counts, or one that can be replayed. */
export function copathSubject(provider: SuiteProvider, version: string): CopathSubject {
  return {
    name: 'copath',
    version,
    suites: provider.suites(),
    maxMembers: 2 ** 18,
    abilities: new Set(['update', 'add', 'add many', 'remove', 'join again', 'messages']),
    notes: [],
    newcomer(id, identity) {
      const suite = provider.suite(id)
      return new CopathNewcomer(suite, clientOf(suite, identity))
    },
    found(id, identity) {
      const suite = provider.suite(id)
      return new CopathMember(Group.create({ ...clientOf(suite, identity), suite, config: CONFIG }))
    },
  }
}
