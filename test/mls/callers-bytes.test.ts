/** Bytes that callers hand over stay theirs: they may be Buffers, and be overwritten as soon as the call is over. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { createProvider } from '../../src/crypto/index.ts'
import { Group } from '../../src/mls/group.ts'
import { createKeyPackage } from '../../src/mls/key-package-create.ts'
import { PublicGroup } from '../../src/mls/public-group.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { LIFETIME, NOW, TestClient } from './group-world.ts'

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

  it('requests that are handed back are as they were made', () => {
    const { group } = founded(Buffer.alloc(32))
    const carol = createKeyPackage(suite, { ...new TestClient(suite, 3).description, lifetime: LIFETIME })
    lend(carol.encoded, keyPackage => group.commit([{ type: 'add', keyPackage }]))
    expect(group.reject()).toEqual([{ type: 'add', keyPackage: carol.encoded }])
  })
})
