/** Secrets that were made or fetched for something that then fails: none is left in memory. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { Client } from '../../src/client/client.ts'
import type { SuiteProvider } from '../../src/crypto/default-provider.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { Group } from '../../src/mls/group.ts'
import type { GroupPolicy } from '../../src/mls/group-config.ts'
import { GroupCore } from '../../src/mls/group-core.ts'
import { createKeyPackage } from '../../src/mls/key-package-create.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { mixPsks } from '../../src/mls/resumption.ts'
import { coreOf } from './forge-commit.ts'
import { LIFETIME, TestClient, TestGroup } from './group-world.ts'
import { refusal, refusedBy } from './rules.ts'

const made: Uint8Array[] = []
const keep = (secret: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  made.push(secret)
  return secret
}

/** A suite whose private keys are seen as they are made. */
function watched(suite: CipherSuite): CipherSuite {
  const generateKeyPair = () => {
    const pair = suite.kem.generateKeyPair()
    keep(pair.privateKey)
    return pair
  }
  const generateSignatureKey = () => keep(suite.generateSignatureKey())
  return { ...suite, generateSignatureKey, kem: { ...suite.kem, generateKeyPair } }
}

const provider = createProvider()
const suite = watched(provider.suite(1))
const client = (seed: number, more = {}): TestClient => new TestClient(suite, seed, { handshake: 'public', ...more })
const isWiped = (secret: Uint8Array): boolean => secret.every(byte => byte === 0)

/** What was made since something began is gone. */
function expectAllWiped(count: number): void {
  expect(made).toHaveLength(count)
  expect(made.filter(secret => !isWiped(secret))).toEqual([])
}

afterEach(() => {
  made.length = 0
  vi.restoreAllMocks()
})

const UNLISTED = { extensionType: 0xf777, extensionData: new Uint8Array(1) }

describe('keys that were made for nothing', () => {
  it('of a key package whose leaf has what it does not support', () => {
    const request = { ...client(1).description, lifetime: LIFETIME, leafExtensions: [UNLISTED] }
    expect(refusal(() => createKeyPackage(suite, request))).toMatchObject({ code: 'missing-capability' })
    expectAllWiped(2)
  })

  it('copath-mls-11.1-01: of a group whose founder does not support its extensions', () => {
    expect(refusal(() => client(1).create({ extensions: [UNLISTED] }))).toMatchObject({ code: 'missing-capability' })
    expectAllWiped(2)
  })

  it('of a group whose extensions nobody can read', () => {
    const extensionType = ExtensionType.of.external_senders
    const extensions = [{ extensionType, extensionData: Uint8Array.of(9) }]
    expect(refusal(() => client(1).create({ extensions }))).toMatchObject({ code: 'truncated' })
    expectAllWiped(2)
  })

  it('of a branch with somebody who is not a member', () => {
    const world = TestGroup.of([client(1), client(2)])
    const [alice] = world.groups as [Group]
    const stranger = client(66).keyPackage()
    const { description, config } = client(1)
    const wipe = vi.spyOn(GroupCore.prototype, 'wipe')
    const branch = () => alice.branch({ ...description, keyPackages: [stranger], config })
    expect(refusedBy(alice, branch)).toMatchObject({ rule: 'copath-mls-11.3-01' })
    expect(wipe).toHaveBeenCalledTimes(1)
    const [founded] = wipe.mock.contexts
    expect(founded).not.toBe(coreOf(alice))
    expect((founded as GroupCore).epoch.secrets.init.wiped).toBe(true)
  })

  it('of an Update that is not allowed', () => {
    const policy: GroupPolicy = { mayPropose: ({ proposalType }) => proposalType !== 'update' }
    const world = TestGroup.of([client(1, { policy }), client(2)])
    const [alice] = world.groups as [Group]
    made.length = 0
    expect(refusedBy(alice, () => alice.propose({ type: 'update' }))).toMatchObject({ code: 'forbidden' })
    expectAllWiped(1)
  })
})

it('a client that is closed leaves no signature key', () => {
  const seen: SuiteProvider = { ...provider, suite: () => suite }
  new Client({ identity: 'alice', provider: seen }).close()
  expectAllWiped(1)
})

it('pre-shared keys that were found before one that is not', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
  const wiped: string[] = []
  const { fill } = Uint8Array.prototype
  vi.spyOn(Uint8Array.prototype, 'fill').mockImplementation(function (this: Uint8Array, ...args) {
    wiped.push(this.join())
    return fill.apply(this, args)
  })
  const ids = ['known', 'unknown'].map(id => {
    return { psktype: 'external', pskId: utf8(id), pskNonce: new Uint8Array(32) } as const
  })
  let asked = 0
  expect(refusal(() => mixPsks(suite, ids, () => (asked++ === 0 ? secret : undefined)))).toMatchObject({
    code: 'unknown-psk',
  })
  expect(wiped).toContain(secret.join())
  expect(secret[0]).toBe(1)
})

it('a source of randomness that fails uses up no message key', () => {
  const broken = createProvider({
    random: out => {
      if (fails) throw new Error('no randomness')
      out.fill(7)
    },
  })
  let fails = false
  const alice = new TestClient(broken.suite(1), 1).create()
  alice.encrypt(utf8('one'))
  const before = alice.save()
  fails = true
  expect(() => alice.encrypt(utf8('two'))).toThrow('no randomness')
  expect(alice.save()).toEqual(before)
})
