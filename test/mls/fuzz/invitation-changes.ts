/** All that can be wrong with an invitation, part by part; what depends on the part is made to fit it. */
import { concat, utf8 } from '../../../src/base/bytes.ts'
import { encode } from '../../../src/codec/codec.ts'
import { ExternalSenders, RequiredCapabilities } from '../../../src/mls/extension.ts'
import type { PreSharedKeyID } from '../../../src/mls/psk.ts'
import { ExtensionType } from '../../../src/mls/registries.ts'
import type { EncryptedGroupSecrets } from '../../../src/mls/welcome.ts'
import { type Draft, UNKNOWN_PSK } from './invitation.ts'
import { altered, type Tape } from './mutate.ts'
import { type Change, members, TREE_CHANGES } from './tree-changes.ts'

/** One bit is another than it was. */
function flipped(tape: Tape, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[tape.below(copy.length)]! ^= 1 << tape.below(8)
  return copy
}

const GROUP: Record<string, Change> = {
  'group id': {
    make(tape, draft) {
      draft.context = { ...draft.context, groupId: altered(tape, draft.context.groupId) }
      if (tape.chance(3)) return
      for (const leaf of members(draft)) draft.resign(leaf)
      draft.isUntied = true
    },
  },
  epoch: {
    make(tape, draft) {
      const epoch = tape.pick([0n, 1n, draft.context.epoch + 1n, 2n ** 64n - 2n, 2n ** 64n - 1n, 2n ** 64n - 1n])
      draft.context = { ...draft.context, epoch }
    },
  },
  'suite of the group': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.context = { ...draft.context, cipherSuite: draft.suite.id + 1 + tape.below(9) }
    },
  },
  'version of the group': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.hooks.content = bytes => concat(Uint8Array.of(0, tape.pick([0, 2, 255])), bytes.subarray(2))
    },
  },
  'transcript hash': {
    make(tape, draft) {
      const { context } = draft
      draft.context = { ...context, confirmedTranscriptHash: altered(tape, context.confirmedTranscriptHash) }
    },
  },
  'demands of the group': {
    refusedBy: 'everybody',
    make(tape, draft) {
      const extensionType = ExtensionType.of.required_capabilities
      const nobody = tape.pick([{ proposalTypes: [0x0b0b] }, { credentialTypes: [3] }, { extensionTypes: [0x0b0b] }])
      const demands = { extensionTypes: [], proposalTypes: [], credentialTypes: [], ...nobody }
      const extensionData = encode(RequiredCapabilities, demands)
      const others = draft.context.extensions.filter(extension => extension.extensionType !== extensionType)
      draft.context = { ...draft.context, extensions: [...others, { extensionType, extensionData }] }
    },
  },
  'extensions of the group': {
    make(tape, draft) {
      const { required_capabilities, external_senders } = ExtensionType.of
      const demands = {
        extensionTypes: [],
        proposalTypes: [],
        credentialTypes: [],
        ...tape.pick([{}, { proposalTypes: [0x0b0b] }, { credentialTypes: [3] }, { extensionTypes: [0x0b0b] }]),
      }
      const sender = {
        signatureKey: new Uint8Array(tape.pick([0, 32])),
        credential: { credentialType: 'basic', identity: utf8('x') },
      } as const
      const made = tape.pick([
        { extensionType: required_capabilities, extensionData: encode(RequiredCapabilities, demands) },
        { extensionType: external_senders, extensionData: encode(ExternalSenders, [sender]) },
        { extensionType: 0x0b0b, extensionData: utf8('nobody knows it') },
        {
          extensionType: tape.pick([required_capabilities, external_senders]),
          extensionData: new Uint8Array(tape.below(4)),
        },
      ])
      const kept = draft.context.extensions.filter(({ extensionType }) => extensionType !== made.extensionType)
      draft.context = { ...draft.context, extensions: [...(tape.chance(4) ? draft.context.extensions : kept), made] }
    },
  },
}

const INFO: Record<string, Change> = {
  'confirmation tag': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      draft.hooks.tag = tag => altered(tape, tag)
    },
  },
  'signer of the info': {
    make(tape, draft) {
      draft.signer = tape.pick([tape.pick(members(draft)), draft.opened.ownLeaf, 5, 2 ** 32 - 1])
    },
  },
  'signature of the info': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.hooks.infoSignature = signature => altered(tape, signature)
    },
  },
  'extensions of the info': {
    make(tape, draft) {
      draft.hooks.extensions = list => {
        if (tape.chance(3)) return [...list, { extensionType: 0x0b0b, extensionData: utf8('nobody knows it') }]
        const at = list.findIndex(({ extensionType }) => extensionType === ExtensionType.of.external_pub)
        if (tape.chance(3)) return list.filter((_, i) => i !== at)
        if (tape.chance(3)) return [...list, tape.pick(list)]
        return list.map((extension, i) =>
          i === at ? { ...extension, extensionData: altered(tape, extension.extensionData) } : extension,
        )
      }
    },
  },
  'content of the info, signed': {
    make(tape, draft) {
      draft.hooks.content = bytes => altered(tape, bytes)
    },
  },
  'bytes of the info': {
    refusedBy: 'everybody',
    make(tape, draft) {
      draft.hooks.infoBytes = bytes => altered(tape, bytes)
    },
  },
}

/** Whom a forger names as continuing another group, or gives a nonce that is too short, or nobody. */
function anyPsk(tape: Tape, { suite, context }: Draft): PreSharedKeyID {
  const pskNonce = new Uint8Array(tape.chance(4) ? 3 : suite.kdf.length).fill(tape.below(9))
  const { groupId: pskGroupId, epoch: pskEpoch } = context
  const usage = tape.pick(['application', 'branch', 'reinit'] as const)
  return tape.pick<PreSharedKeyID>([
    { psktype: 'external', pskId: utf8('known'), pskNonce },
    { psktype: 'external', pskId: UNKNOWN_PSK, pskNonce },
    { psktype: 'resumption', usage, pskGroupId, pskEpoch, pskNonce },
  ])
}

const SECRETS: Record<string, Change> = {
  'joiner secret': {
    make(tape, draft) {
      draft.secrets = { ...draft.secrets, joinerSecret: altered(tape, draft.secrets.joinerSecret) }
    },
  },
  'another joiner secret': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      draft.hooks.secrets = secrets => ({ ...secrets, joinerSecret: flipped(tape, secrets.joinerSecret) })
    },
  },
  'path secret': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      const now = draft.secrets.pathSecret?.pathSecret ?? new Uint8Array(draft.suite.kdf.length)
      draft.secrets = { ...draft.secrets, pathSecret: { pathSecret: altered(tape, now) } }
    },
  },
  'no path secret': {
    make(_, draft) {
      draft.secrets = { ...draft.secrets, pathSecret: undefined }
    },
  },
  'pre-shared keys': {
    make(tape, draft) {
      const { psks } = draft.secrets
      const [one, other] = [anyPsk(tape, draft), anyPsk(tape, draft)]
      const lists = [[], [...psks, ...psks], [...psks, one], [one, ...psks], [one, other], psks.map(() => one)]
      draft.secrets = { ...draft.secrets, psks: tape.pick(lists) }
    },
  },
  'unknown pre-shared key': {
    refusedBy: 'newcomer',
    make(_, draft) {
      const pskNonce = new Uint8Array(draft.suite.kdf.length)
      const unknown: PreSharedKeyID = { psktype: 'external', pskId: UNKNOWN_PSK, pskNonce }
      draft.secrets = { ...draft.secrets, psks: [...draft.secrets.psks, unknown] }
    },
  },
  'other pre-shared keys': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      draft.hooks.secrets = secrets => ({ ...secrets, psks: [...secrets.psks, anyPsk(tape, draft)] })
    },
  },
  'bytes of the secrets': {
    make(tape, draft) {
      draft.hooks.secretsBytes = bytes => altered(tape, bytes)
    },
  },
}

/** The entry of the one who is invited, changed. */
function changeEntry(draft: Draft, change: (entry: EncryptedGroupSecrets) => EncryptedGroupSecrets): void {
  draft.hooks.welcome = welcome => ({
    ...welcome,
    secrets: welcome.secrets.map((entry, i) => (i === draft.opened.entry ? change(entry) : entry)),
  })
}

const ENVELOPE: Record<string, Change> = {
  'whom an entry is for': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      changeEntry(draft, entry => ({ ...entry, newMember: altered(tape, entry.newMember) }))
    },
  },
  'ciphertext of an entry': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      const field = tape.pick(['kemOutput', 'ciphertext'] as const)
      changeEntry(draft, ({ newMember, encryptedGroupSecrets: sealed }) => ({
        newMember,
        encryptedGroupSecrets: { ...sealed, [field]: altered(tape, sealed[field]) },
      }))
    },
  },
  entries: {
    make(tape, draft) {
      draft.hooks.welcome = welcome => {
        const { secrets } = welcome
        const lists = [
          secrets.toReversed(),
          [...secrets, ...secrets],
          [],
          secrets.slice(1),
          Array(300).fill(secrets[0]),
        ]
        return { ...welcome, secrets: tape.pick(lists) }
      }
    },
  },
  'ciphertext of the info': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      draft.hooks.welcome = welcome => ({ ...welcome, encryptedGroupInfo: altered(tape, welcome.encryptedGroupInfo) })
    },
  },
  'suite of the Welcome': {
    refusedBy: 'newcomer',
    make(tape, draft) {
      draft.hooks.welcome = welcome => ({ ...welcome, cipherSuite: draft.suite.id + 1 + tape.below(9) })
    },
  },
  'kind of message': {
    refusedBy: 'everybody',
    make(tape, draft) {
      // the version, or the wire format
      const [at, values] = tape.pick([[1, [0, 2, 255]] as const, [3, [0, 1, 2, 5, 6, 255]] as const])
      const value = tape.pick(values)
      draft.hooks.message = bytes => bytes.map((byte, i) => (i === at ? value : byte))
    },
  },
  'bytes of the message': {
    make(tape, draft) {
      draft.hooks.message = bytes => altered(tape, bytes)
    },
  },
}

/** All changes by name. */
export const CHANGES: Readonly<Record<string, Change>> = { ...TREE_CHANGES, ...GROUP, ...INFO, ...SECRETS, ...ENVELOPE }
