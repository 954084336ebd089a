/** ART section 4: messages in TLS presentation language. */

import type { Codec, ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import type { Constant } from '../codec/fields.ts'
import { opaque, opaqueOf, optional, uint32, uint64, vector } from '../codec/primitives.ts'
import { Reader } from '../codec/reader.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'
import { KEY } from './labels.ts'

const key = opaqueOf(KEY)
const signatureBytes = opaqueOf(64)

function readVersion(reader: Reader): void {
  if (reader.uint8() !== 1) throw reader.rejected('unknown-value', reader.at - 1)
}
const version: Constant = {
  kind: 'constant',
  minLength: 1,
  lines: (_, field) => `uint8 ${field} = 1;\n`,
  readInto: readVersion,
  skip: readVersion,
  writeFrom: writer => writer.uint8(1),
}

/** How the secret of an invited member's leaf is agreed on. */
export const KxMode = enumeration('KxMode', { one_dh: 1, three_dh: 2, four_dh: 3 })
export type KxMode = ValueOf<typeof KxMode>

/** Who a member is: a name that the application gives meaning to, an Ed25519 key and an X25519 key. */
export const Identity = struct('Identity', { id: opaque, sigKey: key, kxKey: key })
export type Identity = ValueOf<typeof Identity>

/** `Identity x<V>` as its bytes: checked, without an object for each of 100,000 members. */
export const identities: Codec<Uint8Array> = {
  syntax: { before: 'Identity', after: '<V>' },
  minLength: 1,
  read(reader) {
    const bytes = reader.opaque()
    const inner = new Reader(bytes, reader.field)
    while (inner.at < inner.limit) Identity.skip(inner)
    return bytes
  },
  skip(reader) {
    identities.read(reader)
  },
  write: opaque.write,
}

/** `uint32 x<V>` as a typed array. */
export const uint32s: Codec<Uint32Array> = {
  syntax: { before: 'uint32', after: '<V>' },
  minLength: 1,
  read(reader) {
    const outer = reader.openVector()
    const values = new Uint32Array(Math.ceil((reader.limit - reader.at) / 4))
    for (let i = 0; i < values.length; i++) values[i] = reader.uint32()
    reader.closeVector(outer)
    return values
  },
  skip(reader) {
    uint32s.read(reader)
  },
  write(writer, values) {
    writer.length(4 * values.length)
    for (const value of values) writer.uint32(value)
  },
}

/** A key that its owner published for invitations, signed by the owner. */
export const SignedPreKey = struct('SignedPreKey', { prekeyId: uint32, key, signature: signatureBytes })
export type SignedPreKey = ValueOf<typeof SignedPreKey>

/** What the signature of a prekey covers, after its label. */
export const PreKeyTBS = struct('PreKeyTBS', { prekeyId: uint32, key })

export const SetupTBS = struct('SetupTBS', {
  version,
  groupId: opaque,
  kx: KxMode,
  members: identities,
  prekeyIds: uint32s,
  prekeys: opaque,
  suk: key,
  tree: opaque,
})
export type SetupTBS = ValueOf<typeof SetupTBS>

export const Setup = struct('Setup', { tbs: SetupTBS, signature: signatureBytes })
export type Setup = ValueOf<typeof Setup>

export const UpdateTBM = struct('UpdateTBM', {
  groupId: opaque,
  stage: uint64,
  leafIndex: uint32,
  path: opaque,
  confirmation: key,
})
export type UpdateTBM = ValueOf<typeof UpdateTBM>

export const Update = struct('Update', { tbm: UpdateTBM, mac: key, signature: opaque })
export type Update = ValueOf<typeof Update>

export const AddTBM = struct('AddTBM', {
  groupId: opaque,
  stage: uint64,
  sender: uint32,
  leafIndex: uint32,
  identity: Identity,
  suk: key,
  path: opaque,
  confirmation: key,
})
export type AddTBM = ValueOf<typeof AddTBM>

export const Add = struct('Add', { tbm: AddTBM, mac: key, signature: opaque })
export type Add = ValueOf<typeof Add>

/** How a living member gets the new secret of a leaf that somebody else re-keys. */
export const LeafExchange = struct('LeafExchange', { prekeyId: uint32, prekey: key, suk: key })
export type LeafExchange = ValueOf<typeof LeafExchange>

export const Rekeyed = struct('Rekeyed', { leafIndex: uint32, exchange: optional(LeafExchange), path: opaque })
export type Rekeyed = ValueOf<typeof Rekeyed>

export const RemoveTBM = struct('RemoveTBM', {
  groupId: opaque,
  stage: uint64,
  sender: uint32,
  removed: uint32,
  path: opaque,
  rekeyed: vector(Rekeyed),
  confirmation: key,
})
export type RemoveTBM = ValueOf<typeof RemoveTBM>

export const Remove = struct('Remove', { tbm: RemoveTBM, mac: key, signature: opaque })
export type Remove = ValueOf<typeof Remove>

/** What a member that joins a running group gets, without the stage key. It is the associated data of the latter. */
export const WelcomeInfo = struct('WelcomeInfo', {
  version,
  groupId: opaque,
  kx: KxMode,
  stage: uint64,
  sender: uint32,
  leafIndex: uint32,
  members: identities,
  taint: uint32s,
  prekeyId: uint32,
  prekey: key,
  suk: key,
  tree: opaque,
  confirmation: key,
})
export type WelcomeInfo = ValueOf<typeof WelcomeInfo>

export const WelcomeTBS = struct('WelcomeTBS', { info: WelcomeInfo, encryptedStageKey: opaque })
export type WelcomeTBS = ValueOf<typeof WelcomeTBS>

export const Welcome = struct('Welcome', { tbs: WelcomeTBS, signature: signatureBytes })
export type Welcome = ValueOf<typeof Welcome>

export const MergeNodesTBM = struct('MergeNodesTBM', {
  groupId: opaque,
  stage: uint64,
  sender: uint32,
  leaves: uint32s,
  nodes: uint32s,
  keys: opaque,
  confirmation: opaque,
})
export type MergeNodesTBM = ValueOf<typeof MergeNodesTBM>

export const MergeNodes = struct('MergeNodes', { tbm: MergeNodesTBM, mac: key, signature: opaque })
export type MergeNodes = ValueOf<typeof MergeNodes>

export const StageContext = struct('StageContext', {
  groupId: opaque,
  stage: uint64,
  membersHash: key,
  treeHash: key,
})
export type StageContext = ValueOf<typeof StageContext>

/** The associated data of an encrypted message. */
export const MessageHeader = struct('MessageHeader', {
  groupId: opaque,
  stage: uint64,
  sender: uint32,
  generation: uint32,
})
export type MessageHeader = ValueOf<typeof MessageHeader>

export const ArtMessage = struct('ArtMessage', { header: MessageHeader, ciphertext: opaque })
export type ArtMessage = ValueOf<typeof ArtMessage>

export const ArtType = enumeration('ArtType', {
  setup: 1,
  update: 2,
  add: 3,
  remove: 4,
  message: 5,
  update_and_message: 6,
  welcome: 7,
  merge_nodes: 8,
})
export type ArtType = ValueOf<typeof ArtType>

/** Everything that travels. */
export const ArtPacket = struct('ArtPacket', {
  type: select(ArtType, {
    setup: { setup: Setup },
    update: { update: Update },
    add: { add: Add },
    remove: { remove: Remove },
    message: { message: ArtMessage },
    update_and_message: { update: Update, message: ArtMessage },
    welcome: { welcome: Welcome },
    merge_nodes: { mergeNodes: MergeNodes },
  }),
})
export type ArtPacket = ValueOf<typeof ArtPacket>
