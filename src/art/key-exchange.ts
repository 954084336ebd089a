/** ART section 5, leaf key exchange: the secret of an invited member's leaf, from keys that it published before. */
import { ByteList } from '../base/byte-list.ts'
import { concat, EMPTY } from '../base/bytes.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { opaque, uint32 } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { type Bytes, expandLabel, KEY, kdfLabel } from './labels.ts'
import type { ArtSuite } from './suite.ts'
import type { KxMode } from './wire.ts'

/** How many multiplications a mode takes on either side. */
export const KX_TERMS: Readonly<Record<KxMode, number>> = { one_dh: 1, three_dh: 3, four_dh: 4 }

const LeafContext = struct('LeafContext', { groupId: opaque, index: uint32 })

/** Whose leaf in which group. */
interface Place {
  readonly groupId: Uint8Array
  readonly index: number
}

const leafContext = (place: Place): Bytes => encode(LeafContext, place)

/** The inviting side: private identity key and setup key. */
interface Inviter {
  readonly kx: KxMode
  readonly identityKey: Uint8Array
  readonly setupKey: Uint8Array
}

/** Which private key meets which public key, in the order of the specification. */
function termsOf<T>(kx: KxMode, { ik, suk }: { ik: Uint8Array; suk: Uint8Array }, theirs: { ik: T; ek: T }) {
  const withPrekey: [Uint8Array, T] = [suk, theirs.ek]
  if (kx === 'one_dh') return [withPrekey]
  const authenticated: [Uint8Array, T][] = [[ik, theirs.ek], [suk, theirs.ik], withPrekey]
  return kx === 'three_dh' ? authenticated : [[ik, theirs.ik] as [Uint8Array, T], ...authenticated]
}

/** `Extract("", D)` for every invited member, 32 bytes each; the caller wipes it. */
export function exchangeMany(
  { dh, kdf }: ArtSuite,
  { kx, identityKey, setupKey }: Inviter,
  invited: { readonly identityKeys: ByteList; readonly prekeys: ByteList },
): Bytes {
  const count = invited.prekeys.count
  const size = KEY * KX_TERMS[kx]
  const joined = new Uint8Array(size * count)
  const terms = termsOf(kx, { ik: identityKey, suk: setupKey }, { ik: invited.identityKeys, ek: invited.prekeys })
  return wipingAfter([joined], () => {
    terms.forEach(([own, theirs], term) => {
      const shared = dh.sharedMany(ByteList.fixed(own, KEY), theirs)
      for (let i = 0; i < count; i++) joined.set(shared.subarray(KEY * i, KEY * (i + 1)), size * i + KEY * term)
      wipe(shared)
    })
    return kdf.extractMany(ByteList.of([EMPTY]), ByteList.fixed(joined, size))
  })
}

/** The invited side of `exchangeMany`; the caller wipes the result. */
export function exchangeInvited(
  { dh, kdf }: ArtSuite,
  own: { readonly kx: KxMode; readonly identityKey: Uint8Array; readonly prekey: Uint8Array },
  inviter: { readonly identityKey: Uint8Array; readonly setupKey: Uint8Array },
): Bytes {
  const { identityKey, prekey } = own
  const orders: Readonly<Record<KxMode, readonly (readonly [Uint8Array, Uint8Array])[]>> = {
    one_dh: [[prekey, inviter.setupKey]],
    three_dh: [
      [prekey, inviter.identityKey],
      [identityKey, inviter.setupKey],
      [prekey, inviter.setupKey],
    ],
    four_dh: [
      [identityKey, inviter.identityKey],
      [prekey, inviter.identityKey],
      [identityKey, inviter.setupKey],
      [prekey, inviter.setupKey],
    ],
  }
  const shared: Bytes[] = []
  try {
    for (const [privateKey, publicKey] of orders[own.kx]) shared.push(dh.shared(privateKey, publicKey))
    const joined = concat(...shared)
    return wipingAfter([joined], () => kdf.extract(EMPTY, joined))
  } finally {
    wipe(...shared)
  }
}

/** The secret of one leaf. */
export function leafSecret({ kdf }: ArtSuite, exchanged: Uint8Array, place: Place): Bytes {
  return expandLabel(kdf, exchanged, 'leaf', leafContext(place))
}

/** The secrets of leaves from `firstIndex` on, 32 bytes each. */
export function leafSecrets({ kdf }: ArtSuite, exchanged: Uint8Array, groupId: Uint8Array, firstIndex: number): Bytes {
  const keys = ByteList.fixed(exchanged, KEY)
  const infos = Array.from({ length: keys.count }, (_, i) =>
    kdfLabel('leaf', leafContext({ groupId, index: firstIndex + i }), KEY),
  )
  return kdf.expandMany(keys, ByteList.of(infos), KEY)
}

/** Calls `use` with the key and nonce that carry the stage key to a member who joins later. They serve once. */
export function withWelcomeKey<T>(
  { kdf, aead }: ArtSuite,
  exchanged: Uint8Array,
  use: (key: Bytes, nonce: Bytes) => T,
): T {
  const key = expandLabel(kdf, exchanged, 'welcome key', EMPTY, aead.keyLength)
  const nonce = expandLabel(kdf, exchanged, 'welcome nonce', EMPTY, aead.nonceLength)
  return wipingAfter([key, nonce], () => use(key, nonce))
}
