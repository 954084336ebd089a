/** A member's identity with its private keys. */
import { copyOf } from '../base/bytes.ts'
import { UsageError } from '../base/errors.ts'
import { randomBytes } from '../base/random.ts'
import { SecretBytes, wipingAfter } from '../base/secret.ts'
import type { Signer } from '../crypto/provider.ts'
import { KEY, type PairwiseSuite } from './suite.ts'
import type { Identity } from './wire.ts'

/** It belongs to the application, which stores the private keys and wipes this. */
export class PairwiseMember {
  readonly identity: Identity
  readonly signer: Signer
  readonly kxPrivate: SecretBytes

  /** From a name and 32 bytes for each private key. */
  constructor(suite: PairwiseSuite, id: Uint8Array, privateKeys: { signature: Uint8Array; exchange: Uint8Array }) {
    if (id.length === 0) throw new UsageError('wrong-argument', { expected: 'a name that is not empty' })
    const kxKey = suite.dh.publicKey(privateKeys.exchange)
    this.signer = suite.signature.signer(privateKeys.signature)
    this.kxPrivate = new SecretBytes(copyOf(privateKeys.exchange))
    this.identity = { id: copyOf(id), sigKey: this.signer.publicKey, kxKey }
  }

  /** With fresh keys. */
  static generate(suite: PairwiseSuite, id: Uint8Array): PairwiseMember {
    const signature = randomBytes(suite.random, KEY)
    const exchange = randomBytes(suite.random, KEY)
    return wipingAfter([signature, exchange], () => new PairwiseMember(suite, id, { signature, exchange }))
  }

  /** Wipes the private keys. */
  wipe(): void {
    this.signer.wipe()
    this.kxPrivate.wipe()
  }
}
