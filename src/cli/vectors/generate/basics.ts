/** Vectors of what needs no group: labels, key schedule, secret tree, pre-shared keys, transcript hashes, tree math, lengths. */
import { toHex } from '../../../base/bytes.ts'
import { encode } from '../../../codec/codec.ts'
import { Writer } from '../../../codec/writer.ts'
import { AuthenticatedContent } from '../../../mls/framing.ts'
import { GroupContext } from '../../../mls/group-context.ts'
import { deriveEpoch, exportSecret, externalKeyPair } from '../../../mls/key-schedule.ts'
import { senderDataKey } from '../../../mls/private-protection.ts'
import { pskSecret } from '../../../mls/psk-secret.ts'
import { WireFormat } from '../../../mls/registries.ts'
import { SecretTree } from '../../../mls/secret-tree.ts'
import { confirmedTranscriptHash, interimTranscriptHash } from '../../../mls/transcript-hash.ts'
import { isLeaf, leafCount, left, type NodeIndex, parent, right, root, sibling, width } from '../../../tree/math.ts'
import type { Maker, VectorCase } from './maker.ts'

export function cryptoBasics(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  const { labels, kdf, signature, kem } = suite
  const label = () => `label ${draws.between(0, 999)}`
  const reference = { label: label(), value: maker.bytes(draws.between(0, 100)) }
  const expand = { secret: maker.secret(), label: label(), context: maker.bytes(draws.between(0, 100)), length: 77 }
  const derive = { secret: maker.secret(), label: label() }
  const tree = { secret: maker.secret(), label: label(), generation: draws.between(0, 2 ** 31), length: kdf.length }
  const privateKey = suite.generateSignatureKey()
  const signer = signature.signer(privateKey)
  const signed = { content: maker.bytes(draws.between(0, 100)), label: label() }
  const pair = kem.generateKeyPair()
  const sealed = { label: label(), context: maker.bytes(20), plaintext: maker.bytes(draws.between(0, 100)) }
  const { kemOutput, ciphertext } = labels.encryptWithLabel(
    pair.publicKey,
    sealed.label,
    sealed.context,
    sealed.plaintext,
  )
  return [
    {
      cipher_suite: suite.id,
      ref_hash: hexed({ ...reference, out: labels.refHash(reference.label, reference.value) }),
      expand_with_label: hexed({
        ...expand,
        out: labels.expandWithLabel(expand.secret, expand.label, expand.context, expand.length),
      }),
      derive_secret: hexed({ ...derive, out: labels.deriveSecret(derive.secret, derive.label) }),
      derive_tree_secret: hexed({
        ...tree,
        out: labels.deriveTreeSecret(tree.secret, tree.label, tree.generation, tree.length),
      }),
      sign_with_label: hexed({
        priv: privateKey,
        pub: signer.publicKey,
        ...signed,
        signature: labels.signWithLabel(signer, signed.label, signed.content),
      }),
      encrypt_with_label: hexed({
        priv: pair.privateKey,
        pub: pair.publicKey,
        ...sealed,
        kem_output: kemOutput,
        ciphertext,
      }),
    },
  ]
}

/** Byte strings as hexadecimal, all else as it is. */
export function hexed(fields: VectorCase): VectorCase {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Uint8Array ? toHex(value) : value]),
  )
}

export function keySchedule(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  const groupId = maker.bytes(draws.between(1, 40))
  const initial = maker.secret()
  let initSecret: Uint8Array = initial
  const epochs = [0, 1, 2, 3, 4].map(number => {
    const [treeHash, confirmed] = [maker.bytes(suite.hash.length), maker.bytes(suite.hash.length)]
    const commitSecret = maker.secret()
    const psk = number % 2 === 0 ? new Uint8Array(suite.kdf.length) : maker.secret()
    const groupContext = encode(GroupContext, {
      cipherSuite: suite.id,
      groupId,
      epoch: BigInt(number),
      treeHash,
      confirmedTranscriptHash: confirmed,
      extensions: [],
    })
    const made = deriveEpoch(suite, { initSecret, commitSecret, pskSecret: psk, groupContext })
    const { secrets } = made
    const exporter = { label: `exporter ${number}`, context: maker.bytes(number * 8), length: 16 + number * 20 }
    initSecret = secrets.init.bytes.slice()
    return hexed({
      tree_hash: treeHash,
      commit_secret: commitSecret,
      psk_secret: psk,
      confirmed_transcript_hash: confirmed,
      group_context: groupContext,
      joiner_secret: made.joinerSecret.bytes,
      welcome_secret: made.welcomeSecret.bytes,
      init_secret: secrets.init.bytes,
      sender_data_secret: secrets.senderData.bytes,
      encryption_secret: secrets.encryption.bytes,
      exporter_secret: secrets.exporter.bytes,
      epoch_authenticator: secrets.epochAuthenticator.bytes,
      external_secret: secrets.external.bytes,
      confirmation_key: secrets.confirmationKey.bytes,
      membership_key: secrets.membershipKey.bytes,
      resumption_psk: secrets.resumptionPsk.bytes,
      external_pub: externalKeyPair(suite, secrets.external.bytes).publicKey,
      exporter: hexed({ ...exporter, secret: exportSecret(suite, secrets.exporter.bytes, exporter) }),
    })
  })
  return [{ cipher_suite: suite.id, group_id: toHex(groupId), initial_init_secret: toHex(initial), epochs }]
}

export function pskSecrets(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  return [0, 1, 2, 5].map(count => {
    const keys = Array.from({ length: count }, () => ({
      id: { psktype: 'external', pskId: maker.bytes(draws.between(0, 40)), pskNonce: maker.secret() } as const,
      secret: maker.bytes(draws.between(1, 70)),
    }))
    return {
      cipher_suite: suite.id,
      psks: keys.map(({ id, secret }) => hexed({ psk_id: id.pskId, psk: secret, psk_nonce: id.pskNonce })),
      psk_secret: toHex(pskSecret(suite, keys)),
    }
  })
}

export function secretTrees(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  return [1, 2, 8].map(count => {
    const [secret, senderDataSecret, ciphertext] = [maker.secret(), maker.secret(), maker.bytes(draws.between(16, 90))]
    const tree = new SecretTree(suite, secret, count)
    const leaves = Array.from({ length: count }, (_, leaf) =>
      [0, 1, draws.between(2, 30)].map(generation => {
        const [handshake, application] = (['handshake', 'application'] as const).map(kind => {
          const { key, nonce, accept } = tree.receive(leaf, kind, generation)
          const copies = { key: toHex(key), nonce: toHex(nonce) }
          accept()
          return copies
        })
        return {
          generation,
          handshake_key: handshake!.key,
          handshake_nonce: handshake!.nonce,
          application_key: application!.key,
          application_nonce: application!.nonce,
        }
      }),
    )
    const sender = { sender_data_secret: senderDataSecret, ciphertext }
    return {
      cipher_suite: suite.id,
      encryption_secret: toHex(secret),
      sender_data: hexed({ ...sender, ...senderDataKey(suite, senderDataSecret, ciphertext) }),
      leaves,
    }
  })
}

export function transcriptHashes(maker: Maker): VectorCase[] {
  const { suite, draws } = maker
  const references = Array.from({ length: draws.between(0, 3) }, () => ({
    type: 'reference' as const,
    reference: maker.bytes(suite.hash.length),
  }))
  const values = [
    { type: 'proposal' as const, proposal: { proposalType: 'remove' as const, removed: draws.between(0, 99) } },
  ]
  const content = {
    groupId: maker.bytes(draws.between(1, 40)),
    epoch: BigInt(draws.between(0, 2 ** 40)),
    sender: { senderType: 'member', leafIndex: draws.between(0, 99) },
    authenticatedData: maker.bytes(draws.between(0, 40)),
    contentType: 'commit',
    commit: { proposals: [...values, ...references], path: undefined },
  } as const
  const wireFormat = WireFormat.of[draws.chance(0.5) ? 'mls_public_message' : 'mls_private_message']
  const signature = maker.bytes(64)
  const [before, key] = [maker.bytes(suite.hash.length), maker.secret()]
  const confirmed = confirmedTranscriptHash(suite, before, { wireFormat, content, signature })
  const confirmationTag = suite.kdf.hmac(key, confirmed)
  const authenticated = encode(AuthenticatedContent, { wireFormat, content, auth: { signature, confirmationTag } })
  return [
    hexed({
      cipher_suite: suite.id,
      confirmation_key: key,
      authenticated_content: authenticated,
      interim_transcript_hash_before: before,
      confirmed_transcript_hash_after: confirmed,
      interim_transcript_hash_after: interimTranscriptHash(suite, confirmed, confirmationTag),
    }),
  ]
}

/** No suite: the trees of 1 to 256 leaves. */
export function treeMath(): VectorCase[] {
  return Array.from({ length: 9 }, (_, depth) => {
    const n = leafCount(2 ** depth)
    const column = (of: (x: NodeIndex) => NodeIndex | undefined) =>
      Array.from({ length: width(n) }, (_, x) => of(x as NodeIndex) ?? null)
    return {
      n_leaves: n,
      n_nodes: width(n),
      root: root(n),
      left: column(x => (isLeaf(x) ? undefined : left(x))),
      right: column(x => (isLeaf(x) ? undefined : right(x, n))),
      parent: column(x => parent(x, n)),
      sibling: column(x => sibling(x, n)),
    }
  })
}

/** No suite: lengths at the borders of their forms. */
export function lengths(): VectorCase[] {
  return [0, 1, 62, 63, 64, 65, 255, 256, 16382, 16383, 16384, 65536, 2 ** 24, 2 ** 30 - 1].map(length => {
    const writer = new Writer()
    writer.length(length)
    return { vlbytes_header: toHex(writer.finish()), length }
  })
}
