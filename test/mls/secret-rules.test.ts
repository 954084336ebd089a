/** RFC 9420 sections 8.4 and 9: pre-shared keys in their order, message keys used once, secrets deleted when they are consumed. */
import { afterEach, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { decode } from '../../src/codec/codec.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import { Group } from '../../src/mls/group.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import { proposeFromOutside } from '../../src/mls/outside.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { SecretTree } from '../../src/mls/secret-tree.ts'
import { GroupSecrets } from '../../src/mls/welcome.ts'
import { coreOf } from './forge-commit.ts'
import { forgeWelcome, refusedJoin } from './forge-welcome.ts'
import { seededProvider, TestClient, TestGroup } from './group-world.ts'
import { refusal } from './rules.ts'

const suite = seededProvider(31).suite(1)
const secretOf = (id: PreSharedKeyID): Uint8Array | undefined => (id.psktype === 'external' ? id.pskId : undefined)
const client = (seed: number, of = suite): TestClient =>
  new TestClient(of, seed, { handshake: 'public', preSharedKey: secretOf })
const EMPTY = new Uint8Array(0)

/** The pre-shared keys in a public proposal or commit. */
function psksIn(message: Uint8Array): PreSharedKeyID[] {
  const decoded = decode(MLSMessage, message)
  if (decoded.wireFormat !== 'mls_public_message') throw new Error(decoded.wireFormat)
  const { content } = decoded.publicMessage
  const proposals =
    content.contentType === 'proposal'
      ? [content.proposal]
      : content.contentType === 'commit'
        ? content.commit.proposals.flatMap(entry => (entry.type === 'proposal' ? [entry.proposal] : []))
        : []
  return proposals.flatMap(proposal => (proposal.proposalType === 'psk' ? [proposal.psk] : []))
}

/** The pre-shared keys that a newcomer is told of. */
function psksFor({ keyPackages }: TestClient, welcome: Uint8Array): PreSharedKeyID[] {
  const decoded = decode(MLSMessage, welcome)
  if (decoded.wireFormat !== 'mls_welcome') throw new Error(decoded.wireFormat)
  const [entry] = decoded.welcome.secrets
  const { encryptedGroupInfo } = decoded.welcome
  const { initKeys } = keyPackages.at(-1)!
  const opened = suite.labels.decryptWithLabel(initKeys, 'Welcome', encryptedGroupInfo, entry!.encryptedGroupSecrets)
  return [...decode(GroupSecrets, opened).psks]
}

describe('RFC 9420 section 8.4, pre-shared keys', () => {
  const one = { type: 'external_psk', pskId: utf8('one') } as const
  const two = { type: 'external_psk', pskId: utf8('two') } as const

  it('copath-mls-8.4-02: each use has a nonce of its own, as long as the KDF says', () => {
    const [alice] = TestGroup.of([client(1), client(2)]).groups as [Group]
    const joiner = client(3)
    const chosen = { psktype: 'external', pskId: utf8('one'), pskNonce: new Uint8Array(32) } as const
    const { commit } = Group.externalJoin({
      ...joiner.description,
      suite,
      config: joiner.config,
      groupInfo: alice.groupInfo(),
      psks: [chosen],
    })
    const { groupId, epoch } = alice
    const messages = [
      proposeFromOutside(
        suite,
        { groupId, epoch },
        { signer: joiner.signer, senderIndex: 0, proposal: { proposalType: 'psk', psk: chosen } },
      ),
      alice.propose(one),
      alice.propose({ type: 'resumption_psk' }),
      alice.commit([one, one, two], { proposals: false }).commit,
      commit,
    ]
    const nonces = messages.flatMap(psksIn).map(({ pskNonce }) => toHex(pskNonce))
    expect(new Set([...nonces, toHex(chosen.pskNonce)]).size).toBe(1 + nonces.length)
    expect(nonces.map(nonce => nonce.length / 2)).toEqual([32, 32, 32, 32, 32, 32, 32])
  })

  it('copath-mls-8.4-03: the commit and the Welcome name the same keys in the same order', () => {
    const world = TestGroup.of([client(1), client(2)])
    const eve = client(3)
    const { commit, welcome } = world.commit(world.groups[0]!, [two, one], [eve])
    expect(psksIn(commit).map(id => id.psktype === 'external' && id.pskId)).toEqual([utf8('two'), utf8('one')])
    expect(psksFor(eve, welcome!)).toEqual(psksIn(commit))
  })

  it('copath-mls-8.4-04: they are mixed in the order in which they are named', () => {
    const [alice] = TestGroup.of([client(1), client(2)]).groups as [Group]
    const eve = client(3)
    alice.commit([eve.add()], { path: false })
    alice.accept()
    const psks = ['one', 'two'].map(name => {
      const id = { psktype: 'external', pskId: utf8(name), pskNonce: new Uint8Array(32) } as const
      return { id, secret: utf8(name) }
    })
    const named = psks.map(({ id }) => id)
    const swapped = forgeWelcome(alice, { joiner: eve, psks, named: [...named].reverse() })
    expect(refusedJoin(eve, swapped)).toMatchObject({ class: 'RejectedError', code: 'invalid-tag' })
    expect(eve.join(forgeWelcome(alice, { joiner: eve, psks })).memberCount).toBe(3)
  })
})

describe('RFC 9420 section 9, the secret tree', () => {
  const root = utf8('an encryption secret of 32 bytes')
  const derive = (secret: Uint8Array, label: string, context: Uint8Array = EMPTY): Uint8Array =>
    suite.labels.expandWithLabel(secret, label, context, 32)

  it('copath-mls-9.1-01: no key and no nonce is had twice for sending, and the ratchet ends where its numbers end', () => {
    const tree = new SecretTree(suite, root, 2)
    const kinds = ['handshake', 'application'] as const
    const sent = [0, 1, 2].flatMap(() => kinds.flatMap(kind => [0, 1].map(leaf => tree.next(leaf, kind))))
    expect(sent.map(({ generation }) => generation)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    expect(new Set(sent.flatMap(({ key, nonce }) => [toHex(key), toHex(nonce)])).size).toBe(2 * sent.length)
    const { subtrees, ratchets } = tree.parts
    ratchets.get(0)!.application.generation = 2 ** 32 - 1
    const late = SecretTree.restore(suite, { subtrees, ratchets }, 2)
    expect(late.next(0, 'application').generation).toBe(2 ** 32 - 1)
    expect(refusal(() => late.next(0, 'application'))).toMatchObject({ class: 'UsageError', code: 'ratchet-exhausted' })
  })

  it('copath-mls-9.2-01: a key that has been used and all that it came from are gone, and nothing else', () => {
    // the example of section 9.2: D sends its second message, whose first is late
    const g = root.slice()
    const [e, f] = ['left', 'right'].map(side => derive(g, 'tree', utf8(side))) as [Uint8Array, Uint8Array]
    const [c, d] = ['left', 'right'].map(side => derive(f, 'tree', utf8(side))) as [Uint8Array, Uint8Array]
    const hr0 = derive(d, 'handshake')
    const ar0 = derive(d, 'application')
    const { labels, aead } = suite
    const step = (secret: Uint8Array, generation: number) => ({
      key: labels.deriveTreeSecret(secret, 'key', generation, aead.keyLength),
      nonce: labels.deriveTreeSecret(secret, 'nonce', generation, aead.nonceLength),
      next: labels.deriveTreeSecret(secret, 'secret', generation, 32),
    })
    const first = step(ar0, 0)
    const second = step(first.next, 1)

    const tree = new SecretTree(suite, root, 4)
    const top = tree.parts.subtrees.get(3)!
    const pending = tree.receive(3, 'application', 1)
    expect([pending.key, pending.nonce]).toEqual([second.key, second.nonce])
    pending.accept()
    for (const consumed of [top, pending.key, pending.nonce]) expect(toHex(consumed)).toMatch(/^(00)+$/)
    const { subtrees, ratchets } = tree.parts
    expect(subtrees).toEqual(new Map([1, 4].map((node, i) => [node, [e, c][i]])))
    const kept = new Map([[0, { generation: 0, key: first.key, nonce: first.nonce }]])
    expect([...ratchets.keys()]).toEqual([3])
    expect(ratchets.get(3)).toEqual({
      handshake: { secret: hr0, generation: 0, kept: new Map() },
      application: { secret: second.next, generation: 2, kept },
    })
    const { secret } = ratchets.get(3)!.application
    const { key } = ratchets.get(3)!.application.kept.get(0)!
    tree.receive(3, 'application', 0).accept()
    tree.next(3, 'application')
    for (const consumed of [key, secret]) expect(toHex(consumed)).toMatch(/^(00)+$/)
    expect(ratchets.get(3)!.application.kept.size).toBe(0)
  })

  describe('the secrets of an epoch', () => {
    const seen: Uint8Array[] = []
    const note = <T extends Uint8Array>(secret: T): T => {
      seen.push(secret)
      return secret
    }

    /** A suite that notes what goes through the key schedule: init, commit, joiner, PSK and epoch secrets. */
    function watched({ kdf, labels, ...rest }: CipherSuite): CipherSuite {
      const extract: typeof kdf.extract = (salt, ikm) => note(kdf.extract(note(salt), note(ikm)))
      const expandWithLabel: typeof labels.expandWithLabel = (secret, label, context, length) => {
        const out = labels.expandWithLabel(secret, label, context, length)
        return label === 'joiner' || label === 'epoch' ? note(out) : out
      }
      return { ...rest, kdf: { ...kdf, extract }, labels: { ...labels, expandWithLabel } }
    }

    afterEach(() => {
      seen.length = 0
    })

    it('copath-mls-9.2-02: all that led to an epoch is gone when the epoch has begun', () => {
      const schedule = watched(suite)
      const world = TestGroup.of([client(1, schedule), client(2, schedule)])
      world.commit(world.groups[0]!, [{ type: 'external_psk', pskId: utf8('mixed in') }], [client(3, schedule)])
      const joiner = client(4, schedule)
      const [alice, bob] = world.groups as [Group, Group]
      const past = coreOf(bob).epoch
      const { commit, group } = Group.externalJoin({
        ...joiner.description,
        suite: schedule,
        config: joiner.config,
        groupInfo: alice.groupInfo(),
      })
      world.deliver(commit)
      expect(group.epoch).toBe(bob.epoch)
      expect(past.secrets.init.wiped).toBe(true)
      expect(seen.length).toBeGreaterThan(40)
      expect(seen.filter(secret => secret.some(byte => byte !== 0)).map(toHex)).toEqual([])
      bob.encrypt(utf8('x'))
      expect(coreOf(bob).epoch.secrets.encryption.wiped).toBe(true)
    })
  })
})
