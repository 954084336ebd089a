/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { Client } from '../../src/client/client.ts'
import { encode } from '../../src/codec/codec.ts'
import { createProvider } from '../../src/crypto/index.ts'
import type { KeyPair } from '../../src/crypto/kem.ts'
import { Group } from '../../src/mls/group.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { createKeyPackage, wipeKeyPackage } from '../../src/mls/key-package-create.ts'
import type { ProposalRequest } from '../../src/mls/proposal-request.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { CUSTOM_EXTENSION, LIFETIME, NOW, TestClient } from './group-world.ts'

const suite = createProvider().suite(1)

/** Lends bytes to a call as a Buffer, which is overwritten afterwards. */
function lend<T>(bytes: Uint8Array, call: (lent: Buffer) => T): T {
  const lent = Buffer.from(bytes)
  try {
    return call(lent)
  } finally {
    lent.fill(0xee)
  }
}

function founded(psk: Buffer) {
  const config = { clock: () => NOW, handshake: 'public', preSharedKey: () => psk } as const
  const [alice, bob] = [new TestClient(suite, 1), new TestClient(suite, 2)]
  const own = createKeyPackage(suite, { ...bob.description, lifetime: LIFETIME })
  const group = lend(utf8('group'), groupId => Group.create({ ...alice.description, suite, groupId, config }))
  const { welcome } = lend(own.encoded, keyPackage => group.commit([{ type: 'add', keyPackage }]))
  group.accept()
  const { signer } = bob.description
  const joined = lend(welcome!, lent => Group.join({ suite, welcome: lent, keyPackages: [own], signer, config }))
  return { group, joined, config }
}

describe('bytes of callers', () => {
  it('groups agree although everything they were given has been overwritten', () => {
    const { group, joined, config } = founded(Buffer.alloc(32, 7))
    const follower = lend(group.groupInfo(), groupInfo => PublicGroup.follow({ suite, groupInfo, config }))
    const tell = (message: Uint8Array): void => {
      lend(message, lent => joined.process(lent))
      lend(message, lent => follower.process(lent))
    }
    const extensionType = ExtensionType.of.external_senders
    const carol = createKeyPackage(suite, { ...new TestClient(suite, 3).description, lifetime: LIFETIME })
    tell(lend(carol.encoded, lent => group.propose({ type: 'add', keyPackage: lent })))
    tell(lend(utf8('key'), pskId => group.propose({ type: 'external_psk', pskId })))
    tell(
      lend(Uint8Array.of(0), extensionData =>
        group.propose({ type: 'extensions', extensions: [{ extensionType, extensionData }] }),
      ),
    )
    tell(group.commit().commit)
    group.accept()
    expect(joined.epochAuthenticator()).toEqual(group.epochAuthenticator())
    expect(follower.ratchetTree()).toEqual(group.ratchetTree())
    expect(joined.groupId).toEqual(utf8('group'))
    // a commit hashes the leaves again: none of them may have changed
    tell(group.commit([{ type: 'remove', leaf: 2 }]).commit)
    group.accept()
    expect(joined.epochAuthenticator()).toEqual(group.epochAuthenticator())
    expect(follower.epoch).toBe(group.epoch)
  })

  it('a pre-shared key in a Buffer is not wiped, and counts in every commit that names it', () => {
    const psk = Buffer.alloc(32, 7)
    const { group, joined } = founded(psk)
    for (let i = 0; i < 2; i++) {
      joined.process(group.commit([{ type: 'external_psk', pskId: utf8('key') }]).commit)
      group.accept()
      expect(joined.epochAuthenticator()).toEqual(group.epochAuthenticator())
      expect(psk).toEqual(Buffer.alloc(32, 7))
    }
  })

  it.each(['commit', 'propose'] as const)('requests that are handed back are as they were made (%s)', how => {
    const { group, joined } = founded(Buffer.alloc(32, 7))
    const carol = createKeyPackage(suite, { ...new TestClient(suite, 3).description, lifetime: LIFETIME })
    const extension = { extensionType: ExtensionType.of.external_senders, extensionData: Uint8Array.of(0) }
    const { credential } = new TestClient(suite, 1).description
    const requests = [
      { type: 'add', keyPackage: carol.encoded },
      { type: 'external_psk', pskId: utf8('key') },
      { type: 'extensions', extensions: [extension] },
      { type: 'resumption_psk', groupId: utf8('group') },
      ...(how === 'propose' ? [{ type: 'update', changes: { credential } } as const] : []),
    ] as const
    const lent: Buffer[] = []
    const borrowed = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return lent[lent.push(Buffer.from(value)) - 1]
      if (Array.isArray(value)) return value.map(borrowed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, borrowed(field)]))
    }
    const given = borrowed(requests) as ProposalRequest[]
    const authenticatedData = Buffer.from('seen')
    if (how === 'commit') group.commit(given, { authenticatedData })
    else for (const request of given) group.propose(request)
    for (const buffer of [...lent, authenticatedData]) buffer.fill(0xee)
    const { commit } = joined.commit()
    const event = group.process(commit)
    expect(event).toMatchObject({ kind: 'commit', proposeAgain: requests })
  })

  it('what is said with an own commit is what was authenticated', () => {
    const { group } = founded(Buffer.alloc(32))
    lend(utf8('seen'), authenticatedData => group.commit([], { authenticatedData }))
    expect(group.accept()).toMatchObject({ authenticatedData: utf8('seen') })
  })

  it('a group keeps the extensions that it was founded with', () => {
    const config = { clock: () => NOW, handshake: 'public' } as const
    const bob = new TestClient(suite, 2, config)
    const group = lend(utf8('meaning'), extensionData => {
      const extensions = [{ extensionType: CUSTOM_EXTENSION, extensionData }]
      return Group.create({ ...new TestClient(suite, 1).description, suite, extensions, config })
    })
    const { welcome } = group.commit([bob.add()])
    group.accept()
    const joined = bob.join(welcome!)
    joined.process(group.commit().commit)
    group.accept()
    expect(joined.epochAuthenticator()).toEqual(group.epochAuthenticator())
    expect(group.extensions).toEqual([{ extensionType: CUSTOM_EXTENSION, extensionData: utf8('meaning') }])
  })

  it('the private keys of a key package may be in Buffers, and are wiped after joining', () => {
    const config = { clock: () => NOW, handshake: 'public' } as const
    const [alice, bob] = [new TestClient(suite, 1, config), new TestClient(suite, 2, config)]
    const made = createKeyPackage(suite, { ...bob.description, lifetime: LIFETIME })
    const pair = ({ privateKey, publicKey }: KeyPair) =>
      ({ privateKey: Buffer.from(privateKey), publicKey: Buffer.from(publicKey) }) as unknown as KeyPair
    const own = { ...made, initKeys: pair(made.initKeys), leafKeys: pair(made.leafKeys) }
    const group = alice.create()
    const { welcome } = group.commit([{ type: 'add', keyPackage: made.encoded }])
    group.accept()
    const joined = Group.join({ suite, welcome: welcome!, keyPackages: [own], signer: bob.signer, config })
    wipeKeyPackage(own)
    own.leafKeys.publicKey.fill(0)
    joined.process(group.commit().commit)
    group.accept()
    expect(joined.epochAuthenticator()).toEqual(group.epochAuthenticator())
  })

  it('a client keeps its name, and a key package what it was made of', () => {
    const named = lend(utf8('alice'), identity => new Client({ identity: { credentialType: 'basic', identity } }))
    expect(named.createGroup().member(0)).toMatchObject({ credential: { identity: utf8('alice') } })
    const own = lend(utf8('bob'), identity =>
      createKeyPackage(suite, {
        ...new TestClient(suite, 2).description,
        credential: { credentialType: 'basic', identity },
        lifetime: LIFETIME,
      }),
    )
    expect(encode(KeyPackage, own.keyPackage)).toEqual(own.encoded)
  })
})
