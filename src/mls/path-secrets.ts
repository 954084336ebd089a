/** RFC 9420 section 7.4: path secrets, and the keys of the nodes they belong to. */
import { ByteList } from '../base/byte-list.ts'
import { EMPTY } from '../base/bytes.ts'
import { SecretBytes, wipe } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { CipherSuite } from '../crypto/suites.ts'

const NO_CONTEXT = ByteList.of([EMPTY])

/** The path secrets of neighbouring nodes of a filtered direct path, from the bottom up, and what follows from them. */
export interface DerivedPath {
  /** One after the other, `Nh` bytes each. */
  readonly secrets: SecretBytes
  readonly keyPairs: readonly KeyPair[]
  /** The secret after the last: what the key schedule takes in. */
  readonly commitSecret: SecretBytes
}

/** copath-mls-7.5-03: forgets all secrets of a derived path. */
export function wipeDerivedPath({ secrets, keyPairs, commitSecret }: DerivedPath): void {
  secrets.wipe()
  commitSecret.wipe()
  for (const { privateKey } of keyPairs) wipe(privateKey)
}

/** `path_secret[0]` to `path_secret[count]`, one after the other. */
function chainOf(suite: CipherSuite, first: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const size = suite.kdf.length
  const chain = new Uint8Array((count + 1) * size)
  chain.set(first)
  for (let i = 0; i < count; i++) {
    const next = suite.labels.deriveSecret(chain.subarray(i * size, (i + 1) * size), 'path')
    chain.set(next, (i + 1) * size)
    wipe(next)
  }
  return chain
}

function keyPairsOf({ labels, kdf, kem }: CipherSuite, secrets: Uint8Array): KeyPair[] {
  if (secrets.length === 0) return []
  const nodeSecrets = labels.expandManyWithLabel(ByteList.fixed(secrets, kdf.length), 'node', NO_CONTEXT, kdf.length)
  try {
    const { privateKeys, publicKeys } = kem.deriveKeyPairMany(ByteList.fixed(nodeSecrets, kdf.length))
    const pairs = Array.from({ length: secrets.length / kdf.length }, (_, i) => ({
      privateKey: privateKeys.slice(i * kem.privateKeyLength, (i + 1) * kem.privateKeyLength),
      publicKey: publicKeys.slice(i * kem.publicKeyLength, (i + 1) * kem.publicKeyLength),
    }))
    wipe(privateKeys)
    return pairs
  } finally {
    wipe(nodeSecrets)
  }
}

/**
 * Derives `count` path secrets, the first of which is given, and the key pairs of their nodes in one bulk call. For a
 * path of no nodes the given secret only serves to make the commit secret.
 */
export function derivePath(suite: CipherSuite, first: Uint8Array, count: number): DerivedPath {
  const size = suite.kdf.length
  const chain = chainOf(suite, first, Math.max(count, 1))
  try {
    return {
      keyPairs: keyPairsOf(suite, chain.subarray(0, count * size)),
      secrets: new SecretBytes(chain.slice(0, count * size)),
      commitSecret: new SecretBytes(chain.slice(-size)),
    }
  } finally {
    wipe(chain)
  }
}
