/** Leaves to test with: valid, and signed with keys that the tests hold. */
import { concat, utf8 } from '../../src/base/bytes.ts'
import { firstPrivateKey } from '../../src/crypto/private-keys.ts'
import type { Signer } from '../../src/crypto/provider.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'
import type { Capabilities, LeafNode } from '../../src/mls/leaf-node.ts'
import { type LeafContent, type LeafPlace, signLeaf } from '../../src/mls/leaf-signature.ts'

export const CAPABILITIES: Capabilities = {
  versions: [1],
  cipherSuites: [1, 3],
  extensions: [0xf000],
  proposals: [0xf5a5],
  credentials: [1, 2],
}

/** The private signature key of a number. */
export function signatureKeyOf({ kdf, hash, signature }: CipherSuite, seed: number): Uint8Array {
  const key = hash.digest(utf8(`signer ${seed}`))
  return firstPrivateKey(signature, i => kdf.expand(key, Uint8Array.of(i), signature.privateKeyLength))
}

/** A signer made from a number. */
export function signerOf(suite: CipherSuite, seed: number): Signer {
  return suite.signature.signer(signatureKeyOf(suite, seed))
}

/** The HPKE key pair of a number. */
export function keyPairOf(suite: CipherSuite, seed: number) {
  return suite.kem.deriveKeyPair(utf8(`leaf ${seed}`.padEnd(32)))
}

/** The content of a valid leaf for a key package. */
export function leafContent(suite: CipherSuite, seed: number, changes: Partial<LeafContent> = {}): LeafContent {
  return {
    encryptionKey: keyPairOf(suite, seed).publicKey,
    signatureKey: signerOf(suite, seed).publicKey,
    credential: { credentialType: 'basic', identity: concat(utf8('member '), utf8(String(seed))) },
    capabilities: { ...CAPABILITIES, cipherSuites: [...new Set([...CAPABILITIES.cipherSuites, suite.id])] },
    leafNodeSource: 'key_package',
    lifetime: { notBefore: 1_000n, notAfter: 2_000n },
    extensions: [],
    ...changes,
  } as LeafContent
}

/** A signed leaf. */
export function makeLeaf(
  suite: CipherSuite,
  seed: number,
  changes: Partial<LeafContent> = {},
  place?: LeafPlace,
): LeafNode {
  return signLeaf(suite, signerOf(suite, seed), leafContent(suite, seed, changes), place)
}
