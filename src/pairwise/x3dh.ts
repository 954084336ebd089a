/** X3DH section 3.3 and 3.4: the secret that a session starts from. */
import { concat, EMPTY } from '../base/bytes.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode, type ValueOf } from '../codec/codec.ts'
import { type Bytes, KEY, type PairwiseSuite } from './suite.ts'
import { Identity, Opening, SESSION_ID, SessionContext } from './wire.ts'

type Term = readonly [privateKey: Uint8Array, publicKey: Uint8Array]

// X3DH section 2.2: no encoded public key begins so
const PREFIX = new Uint8Array(KEY).fill(0xff)

/** Names a session by what its opening says and whom it is for. Public; a peer that makes two of one name harms itself only. */
export function sessionIdOf({ hash, labels }: PairwiseSuite, opening: Opening, responder: Identity): Bytes {
  const named = concat(encode(Opening, opening), encode(Identity, responder))
  return hash.digest(labels.content('session id', named)).slice(0, SESSION_ID)
}

/** A digest of both identities and all keys that a session starts from: part of everything that is encrypted in it. */
export function bindingOf({ hash, labels }: PairwiseSuite, context: ValueOf<typeof SessionContext>): Bytes {
  return hash.digest(labels.content('session', encode(SessionContext, context)))
}

/** Extracts the secret from its three or four terms; the caller wipes the result. */
export function agree({ dh, kdf, labels }: PairwiseSuite, terms: readonly Term[], binding: Uint8Array): Bytes {
  const shared: Bytes[] = []
  try {
    for (const [privateKey, publicKey] of terms) shared.push(dh.shared(privateKey, publicKey))
    const joined = concat(PREFIX, ...shared)
    const extracted = wipingAfter([joined], () => kdf.extract(EMPTY, joined))
    return wipingAfter([extracted], () => labels.expand(extracted, 'root', binding))
  } finally {
    wipe(...shared)
  }
}
