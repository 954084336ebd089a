/** Clients that are stored: the same keys, the same key packages, and groups that go on. */
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { Client, CopathError, createProvider } from '../../src/index.ts'

const code = (body: () => unknown): string => {
  try {
    body()
    return 'nothing'
  } catch (error) {
    return error instanceof CopathError ? error.code : String(error)
  }
}

describe('a stored client', () => {
  it('is the same client: it joins by a key package that was published before', () => {
    const bob = new Client({ identity: 'bob', suite: 3 })
    const [keyPackage, lastResort] = [bob.keyPackage(), bob.keyPackage({ lastResort: true })]
    const stored = bob.save()
    expect(toHex(bob.save())).toBe(toHex(stored))
    bob.close()

    const again = Client.load(stored)
    expect(again.suite.id).toBe(3)
    expect(toHex(again.save())).toBe(toHex(stored))
    for (const published of [keyPackage, lastResort]) {
      const atAlice = new Client({ identity: 'alice', suite: 3 }).createGroup()
      const { welcome } = atAlice.commit([{ type: 'add', keyPackage: published }])
      atAlice.accept()
      const atBob = again.join(welcome!)
      expect(toHex(atBob.epochAuthenticator())).toBe(toHex(atAlice.epochAuthenticator()))
    }
    expect(again.unusedKeyPackages).toBe(1)
    expect(Client.load(again.save()).unusedKeyPackages).toBe(1)
  })

  it('loads its groups, from a snapshot and the deltas after it', () => {
    const [alice, bob] = [new Client({ identity: 'alice' }), new Client({ identity: 'bob' })]
    const atAlice = alice.createGroup()
    const { welcome } = atAlice.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    atAlice.accept()
    const atBob = bob.join(welcome!)
    const base = atBob.delta()
    const message = atAlice.encrypt(utf8('while away'))
    const { commit } = atAlice.commit()
    atAlice.accept()
    atBob.process(commit)
    const delta = atBob.delta()

    const restarted = Client.load(bob.save())
    const loaded = restarted.loadGroup({ deltas: [base, delta] })
    expect(toHex(loaded.save())).toBe(toHex(atBob.save()))
    expect(loaded.process(message)).toMatchObject({ kind: 'message', data: utf8('while away') })
    expect(loaded.process(atAlice.encrypt(utf8('now')))).toMatchObject({ data: utf8('now') })
  })

  it('refuses what is damaged, cut, longer, of another kind, and a provider without its suite', () => {
    const client = new Client({ identity: 'bob' })
    client.keyPackage()
    const stored = client.save()
    for (let at = 0; at < stored.length; at++) {
      const damaged = stored.slice()
      damaged[at]! ^= 1 << (at % 8)
      expect(code(() => Client.load(damaged))).toMatch(/^(invalid-saved-state|unknown-suite|no-backend|truncated)$/)
      expect(code(() => Client.load(stored.subarray(0, at)))).toMatch(/^(invalid-saved-state|truncated)$/)
    }
    expect(code(() => Client.load(Uint8Array.of(...stored, 0)))).toBe('invalid-saved-state')
    expect(code(() => Client.load(client.createGroup().save()))).toBe('invalid-saved-state')
    expect(code(() => client.loadGroup({ snapshot: stored }))).toBe('invalid-saved-state')
    const provider = createProvider({ backends: [] })
    expect(code(() => Client.load(stored, { provider }))).toBe('no-backend')
  })
})
