/** Secrets copied out of saved bytes. They belong to the state that is being put together; where it is refused, to nobody: then they are wiped. */
import { copyOf } from '../../base/bytes.ts'
import { wipe } from '../../base/secret.ts'
import type { KeyPair } from '../../crypto/kem.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { refuseSaved } from './refuse.ts'

/** What is copied, in one hand until it is known whether the state can be used. */
export class Taken {
  readonly #copies: Uint8Array[] = []

  /** A copy of bytes in which there are secrets. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const copy = copyOf(bytes)
    this.#copies.push(copy)
    return copy
  }

  /** A copy of a secret of a known length. */
  secret(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    if (bytes.length !== length) throw refuseSaved('a secret has the wrong length')
    return this.copy(bytes)
  }

  /** A copy of a key pair of the suite's KEM. */
  pair({ kem }: CipherSuite, { privateKey, publicKey }: KeyPairViews): KeyPair {
    if (publicKey.length !== kem.publicKeyLength) throw refuseSaved('a key has the wrong length')
    return { privateKey: this.secret(privateKey, kem.privateKeyLength), publicKey: copyOf(publicKey) }
  }

  /** The state was refused. */
  wipe(): void {
    // one by one: there may be more than a call takes arguments
    for (const copy of this.#copies) wipe(copy)
  }
}

interface KeyPairViews {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}
