/** Groups of clients in every cipher suite besides 1 and 3. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Client } from '../../src/index.ts'
import { allSuites } from '../crypto/curve-backends.ts'

const provider = allSuites()

describe.each(provider.suites().filter(id => id !== 1 && id !== 3))('suite %i', suite => {
  it('three clients talk; one is removed, another joins from outside', () => {
    const client = (identity: string) => new Client({ identity, suite, provider })
    const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(client) as [Client, Client, Client, Client]
    const atAlice = alice.createGroup()
    const adds = [bob, carol].map(each => ({ type: 'add', keyPackage: each.keyPackage() }) as const)
    const { welcome } = atAlice.commit(adds)
    atAlice.accept()
    const [atBob, atCarol] = [bob.join(welcome!), carol.join(welcome!)]

    const message = atCarol.encrypt(utf8('hello'))
    for (const group of [atAlice, atBob]) {
      expect(group.process(message)).toMatchObject({ kind: 'message', data: utf8('hello') })
    }
    const removal = atBob.commit([{ type: 'remove', leaf: atCarol.leaf }])
    expect(atAlice.process(removal.commit).kind).toBe('commit')
    expect(atCarol.process(removal.commit).kind).toBe('removed')
    atBob.accept()
    const { group: atDave, commit } = dave.externalJoin(atBob.groupInfo())
    for (const group of [atAlice, atBob]) expect(group.process(commit).kind).toBe('commit')
    expect(new Set([atAlice, atBob, atDave].map(group => toHex(group.epochAuthenticator()))).size).toBe(1)
  })
})
