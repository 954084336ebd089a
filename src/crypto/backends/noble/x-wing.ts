/** X-Wing (draft-connolly-cfrg-xwing-kem-10): ML-KEM-768 (FIPS 203) of @noble/post-quantum and any X25519, joined by SHA3-256. */
import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { ByteList, checkSameCount } from '../../../base/byte-list.ts'
import { concat, fromHex } from '../../../base/bytes.ts'
import { RejectedError } from '../../../base/errors.ts'
import { wipe, wipingAfter } from '../../../base/secret.ts'
import type { DiffieHellman, Encapsulated, KeyEncapsulation } from '../../provider.ts'
import { checkOwnLength, checkOwnLengths, checkPublicKey, checkPublicKeys } from '../checks.ts'

type Bytes = Uint8Array<ArrayBuffer>

const SEED = 32
const EXPANDED = 96
const LATTICE_SEED = 64
const LATTICE_KEY = 1184
const LATTICE_OUTPUT = 1088
const POINT = 32
const PUBLIC_KEY = LATTICE_KEY + POINT
const OUTPUT = LATTICE_OUTPUT + POINT
const COINS = 64
const SHARED = 32
// section 5.3
const LABEL = fromHex('5c2e2f2f5e5c')

// FIPS 203 section 8: coefficients of 12 bits each, followed by 32 bytes that can be anything
const COEFFICIENTS_END = 1152
const Q = 3329

/** FIPS 203 section 7.2, copath-mls-x-wing-01: the modulus check. */
export function isReduced(latticeKey: Uint8Array): boolean {
  for (let i = 0; i < COEFFICIENTS_END; i += 3) {
    const [a, b, c] = [latticeKey[i]!, latticeKey[i + 1]!, latticeKey[i + 2]!]
    if ((a | ((b & 15) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false
  }
  return true
}

/** Section 5.2: both private keys from the seed, which is the private key that is kept. */
function expanded<T>(privateKey: Uint8Array, use: (latticeSeed: Uint8Array, scalar: Uint8Array) => T): T {
  const bytes = shake256(privateKey, { dkLen: EXPANDED })
  return wipingAfter([bytes], () => use(bytes.subarray(0, LATTICE_SEED), bytes.subarray(LATTICE_SEED)))
}

/** Section 5.3. Wipes both secrets. */
function combined(
  secrets: { lattice: Uint8Array; point: Uint8Array },
  output: Uint8Array,
  publicKey: Uint8Array,
): Bytes {
  const { lattice, point } = secrets
  const input = concat(lattice, point, output.subarray(LATTICE_OUTPUT), publicKey.subarray(LATTICE_KEY), LABEL)
  return wipingAfter([input, lattice, point], () => sha3_256(input))
}

function latticePublicKey(seed: Uint8Array): Bytes {
  const { publicKey, secretKey } = ml_kem768.keygen(seed)
  wipe(secretKey)
  return publicKey
}

/** X-Wing over the given X25519, which does most of the work where it is slow and, copath-mls-x-wing-02: refuses low-order points. */
export function createXWing(x25519: DiffieHellman): KeyEncapsulation {
  const checkLattice = (key: Uint8Array, details = {}): void => {
    if (!isReduced(key)) throw new RejectedError('invalid-public-key', details)
  }

  /** ML-KEM of item `i` into `out`, given what X25519 has made of it. */
  const encapsulateWith = (publicKey: Uint8Array, message: Uint8Array, point: Uint8Array, ephemeral: Uint8Array) => {
    const coins = message.slice()
    const { cipherText, sharedSecret: lattice } = wipingAfter([coins], () =>
      ml_kem768.encapsulate(publicKey.subarray(0, LATTICE_KEY), coins),
    )
    const kemOutput = concat(cipherText, ephemeral)
    return { kemOutput, sharedSecret: combined({ lattice, point }, kemOutput, publicKey) }
  }

  return {
    id: 'xwing',
    privateKeyLength: SEED,
    publicKeyLength: PUBLIC_KEY,
    outputLength: OUTPUT,
    secretLength: SHARED,
    coinsLength: COINS,
    publicKey(privateKey) {
      checkOwnLength(privateKey, SEED)
      return expanded(privateKey, (seed, scalar) => concat(latticePublicKey(seed), x25519.publicKey(scalar)))
    },
    publicKeyMany(privateKeys) {
      checkOwnLengths(privateKeys, SEED)
      const scalars = new Uint8Array(privateKeys.count * POINT)
      const out = new Uint8Array(privateKeys.count * PUBLIC_KEY)
      return wipingAfter([scalars], () => {
        for (let i = 0; i < privateKeys.count; i++) {
          expanded(privateKeys.at(i), (seed, scalar) => {
            out.set(latticePublicKey(seed), i * PUBLIC_KEY)
            scalars.set(scalar, i * POINT)
          })
        }
        const points = ByteList.fixed(x25519.publicKeyMany(ByteList.fixed(scalars, POINT)), POINT)
        for (let i = 0; i < points.count; i++) out.set(points.at(i), i * PUBLIC_KEY + LATTICE_KEY)
        return out
      })
    },
    // section 5.6
    derivePrivateKey: inputKey => shake256(inputKey, { dkLen: SEED }),
    acceptsPublicKey: publicKey => publicKey.length === PUBLIC_KEY && isReduced(publicKey),
    encapsulate(publicKey, coins) {
      checkPublicKey(publicKey, PUBLIC_KEY)
      checkOwnLength(coins, COINS)
      checkLattice(publicKey)
      const scalar = coins.subarray(SEED)
      const shared = x25519.shared(scalar, publicKey.subarray(LATTICE_KEY))
      return encapsulateWith(publicKey, coins.subarray(0, SEED), shared, x25519.publicKey(scalar))
    },
    encapsulateMany(publicKeys, coins) {
      const count = checkSameCount(publicKeys, coins)
      checkPublicKeys(publicKeys, PUBLIC_KEY)
      checkOwnLengths(coins, COINS)
      for (let i = 0; i < count; i++) checkLattice(publicKeys.at(i), { index: i })
      const part = (list: ByteList, from: number) => ByteList.of([...list].map(item => item.subarray(from)))
      const scalars = part(coins, SEED)
      const shared = wipingAfter([scalars.bytes], () => {
        const points = x25519.sharedMany(scalars, part(publicKeys, LATTICE_KEY))
        return { points, ephemeral: x25519.publicKeyMany(scalars) }
      })
      const points = ByteList.fixed(shared.points, POINT)
      const ephemeral = ByteList.fixed(shared.ephemeral, POINT)
      const out = { kemOutput: new Uint8Array(count * OUTPUT), sharedSecret: new Uint8Array(count * SHARED) }
      for (let i = 0; i < count; i++) {
        const message = coins.at(i).subarray(0, SEED)
        const one: Encapsulated = encapsulateWith(publicKeys.at(i), message, points.at(i), ephemeral.at(i))
        out.kemOutput.set(one.kemOutput, i * OUTPUT)
        wipingAfter([one.sharedSecret], () => out.sharedSecret.set(one.sharedSecret, i * SHARED))
      }
      return out
    },
    decapsulate({ privateKey, publicKey }, kemOutput) {
      checkOwnLength(privateKey, SEED)
      checkOwnLength(publicKey, PUBLIC_KEY)
      checkPublicKey(kemOutput, OUTPUT)
      return expanded(privateKey, (seed, scalar) => {
        const point = x25519.shared(scalar, kemOutput.subarray(LATTICE_OUTPUT))
        const { secretKey } = ml_kem768.keygen(seed)
        const lattice = wipingAfter([secretKey], () =>
          ml_kem768.decapsulate(kemOutput.subarray(0, LATTICE_OUTPUT), secretKey),
        )
        return combined({ lattice, point }, kemOutput, publicKey)
      })
    },
  }
}
