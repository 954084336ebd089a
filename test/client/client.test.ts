import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Client, type Group, PublicGroup, readKeyPackage } from '../../src/index.ts'
import { refusedBy } from '../mls/rules.ts'

const read = (group: Group, message: Uint8Array): string => {
  const event = group.process(message)
  return event.kind === 'message' ? new TextDecoder().decode(event.data) : event.kind
}
const sameEpoch = (...groups: Group[]): void => {
  expect(new Set(groups.map(group => toHex(group.epochAuthenticator()))).size).toBe(1)
}

describe('a client', () => {
  it('invites others who are offline, and they read what is sent', () => {
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(identity => new Client({ identity })) as [
      Client,
      Client,
      Client,
    ]
    const published = [bob.keyPackage(), carol.keyPackage()]

    const atAlice = alice.createGroup()
    const { welcome } = atAlice.commit(published.map(keyPackage => ({ type: 'add', keyPackage })))
    atAlice.accept()
    const atBob = bob.join(welcome!)
    const atCarol = carol.join(welcome!)
    sameEpoch(atAlice, atBob, atCarol)
    expect(bob.unusedKeyPackages).toBe(0)

    const message = atAlice.encrypt(utf8('hello'))
    expect([read(atBob, message), read(atCarol, message)]).toEqual(['hello', 'hello'])

    const { commit } = atBob.commit([{ type: 'remove', leaf: atCarol.leaf }])
    expect(read(atCarol, commit)).toBe('removed')
    expect(read(atAlice, commit)).toBe('commit')
    atBob.accept()
    sameEpoch(atAlice, atBob)
    expect(() => read(atCarol, atAlice.encrypt(utf8('without carol')))).toThrow()
  })

  it('is named by its key packages', () => {
    const bob = new Client({ identity: 'bob', config: { clock: () => 2_000_000n } })
    const { cipherSuite, leafNode } = readKeyPackage(
      bob.keyPackage({ lifetime: { notBefore: 1n, notAfter: 3_000_000n } }),
    )
    expect(cipherSuite).toBe(1)
    expect(leafNode).toMatchObject({
      credential: { credentialType: 'basic', identity: utf8('bob') },
      signatureKey: bob.signaturePublicKey,
      lifetime: { notBefore: 1n, notAfter: 3_000_000n },
    })
    expect(() => readKeyPackage(bob.createGroup().groupInfo())).toThrow(
      expect.objectContaining({ name: 'RejectedError' }),
    )
  })

  it.each([1n, 600n, 86_400n])('makes nothing that lasts longer than it would accept (%i seconds)', longestLifetime => {
    const config = { longestLifetime, clock: () => 2_000_000n }
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(identity => new Client({ identity, config })) as [
      Client,
      Client,
      Client,
    ]
    const group = alice.createGroup()
    // without a path the leaf of who founded the group stays as it was made
    const { welcome } = group.commit([{ type: 'add', keyPackage: bob.keyPackage() }], { path: false })
    group.accept()
    const { commit } = bob.join(welcome!).commit([{ type: 'add', keyPackage: carol.keyPackage() }])
    expect(read(group, commit)).toBe('commit')
  })

  it('copath-mls-10-04: uses a key package once, copath-mls-last-resort-02: and one of last resort again', () => {
    const bob = new Client({ identity: 'bob' })
    const invitedBy = (keyPackage: Uint8Array) => {
      const group = new Client({ identity: 'alice' }).createGroup()
      const { welcome } = group.commit([{ type: 'add', keyPackage }])
      group.accept()
      return { group, welcome: welcome! }
    }
    const lastResort = bob.keyPackage({ lastResort: true })
    const once = bob.keyPackage()
    for (const keyPackage of [lastResort, once, lastResort]) {
      const { group, welcome } = invitedBy(keyPackage)
      sameEpoch(group, bob.join(welcome))
    }
    const { welcome } = invitedBy(once)
    expect(refusedBy(bob, () => bob.join(welcome))).toMatchObject({ code: 'no-key-package' })
    expect(bob.unusedKeyPackages).toBe(1)
  })

  it('joins no group with the name of another, where it is told which there are', () => {
    const [bob, eve] = [new Client({ identity: 'bob' }), new Client({ identity: 'eve' })]
    const atBob = bob.createGroup({ groupId: utf8('the group') })
    const impostor = eve.createGroup({ groupId: utf8('the group') })
    const { welcome } = impostor.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    impostor.accept()
    const isKnown = (groupId: Uint8Array): boolean => toHex(groupId) === toHex(atBob.groupId)
    const join = () => bob.join(welcome!, { isKnown })
    expect(refusedBy(bob, join)).toMatchObject({ rule: 'copath-mls-12.4.3.1-08' })
    const externalJoin = () => bob.externalJoin(impostor.groupInfo(), { isKnown })
    expect(refusedBy(bob, externalJoin)).toMatchObject({ rule: 'copath-mls-12.4.3-03' })
    expect(bob.unusedKeyPackages).toBe(1)
    expect(bob.join(welcome!).groupId).toEqual(utf8('the group'))
  })

  it('goes along into a branch', () => {
    const [alice, bob] = [new Client({ identity: 'alice' }), new Client({ identity: 'bob' })]
    const atAlice = alice.createGroup()
    const { welcome } = atAlice.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    atAlice.accept()
    const atBob = bob.join(welcome!)
    const signer = alice.suite.signature.signer(alice.suite.generateSignatureKey())
    const credential = { credentialType: 'basic', identity: utf8('alice') } as const
    const branch = atAlice.branch({ signer, credential, keyPackages: [bob.keyPackage()] })
    sameEpoch(branch.group, bob.join(branch.welcome, { previous: atBob }))
  })

  it('is not used by the callbacks of its joining', () => {
    const alice = new Client({ identity: 'alice' })
    const group = alice.createGroup()
    const calls: (() => unknown)[] = []
    const isValid = (): boolean => calls.every(call => call() !== undefined)
    const bob = new Client({ identity: 'bob', config: { authentication: { isValid } } })
    const { welcome } = group.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    group.accept()
    for (const call of [() => bob.join(welcome!), () => bob.close(), () => bob.externalJoin(group.groupInfo())]) {
      calls.push(call)
      expect(refusedBy(bob, () => bob.join(welcome!))).toMatchObject({ code: 'reentrant' })
      calls.pop()
    }
    const atBob = bob.join(welcome!)
    expect(read(atBob, group.commit().commit)).toBe('commit')
    group.accept()
    sameEpoch(group, atBob)
  })

  it('refuses a Welcome for somebody else, and keeps its key packages', () => {
    const [bob, eve] = [new Client({ identity: 'bob' }), new Client({ identity: 'eve' })]
    eve.keyPackage()
    const group = new Client({ identity: 'alice' }).createGroup()
    const { welcome } = group.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    expect(refusedBy(eve, () => eve.join(welcome!))).toMatchObject({ code: 'no-key-package' })
    expect(refusedBy(eve, () => eve.join(group.groupInfo()))).toMatchObject({ code: 'unexpected-message' })
    expect(eve.unusedKeyPackages).toBe(1)
  })

  it('joins by itself, and comes back under the same signature key', () => {
    const signatureKey = new Uint8Array(32).fill(5)
    const bob = new Client({ identity: 'bob', signatureKey })
    expect(signatureKey).toEqual(new Uint8Array(32).fill(5))
    expect(new Client({ identity: 'bob', signatureKey }).signaturePublicKey).toEqual(bob.signaturePublicKey)
    const atAlice = new Client({ identity: 'alice' }).createGroup()
    const { group: atBob, commit } = bob.externalJoin(atAlice.groupInfo({ externalPub: true }))
    expect(read(atAlice, commit)).toBe('commit')
    sameEpoch(atAlice, atBob)
  })

  it('is followed by a service that knows no secret', () => {
    const config = { handshake: 'public' } as const
    const [alice, bob] = [new Client({ identity: 'alice', config }), new Client({ identity: 'bob', config })]
    const atAlice = alice.createGroup()
    const service = PublicGroup.follow({
      suite: alice.suite,
      groupInfo: atAlice.groupInfo(),
      ratchetTree: atAlice.ratchetTree(),
    })
    const { commit } = atAlice.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    expect(service.process(commit).kind).toBe('commit')
    atAlice.accept()
    expect(service.epoch).toBe(atAlice.epoch)
  })
})
