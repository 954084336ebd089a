/** Whether private keys of vectors belong to the public ones beside them. */
import { equalPublic, utf8 } from '../../base/bytes.ts'
import type { KeyPair } from '../../crypto/kem.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { Given } from './given.ts'

const PROBE = utf8('probe')

/** Encrypts to the public key and decrypts with the private one. */
export function checkKeyPair({ hpke }: CipherSuite, pair: KeyPair, given: Given): void {
  const sealed = hpke.seal(pair.publicKey, PROBE, PROBE, PROBE)
  let opened = false
  try {
    opened = equalPublic(hpke.open(pair, sealed, PROBE, PROBE), PROBE)
  } catch {
    // reported below, with the place
  }
  given.require(opened, 'is not the private key of the public key beside it')
}

/** The signer of a private key, which must belong to the public one. */
export function checkSigner(signer: Signer, publicKey: Uint8Array, given: Given): Signer {
  given.require(equalPublic(signer.publicKey, publicKey), 'is not the private key of the signature key beside it')
  return signer
}
