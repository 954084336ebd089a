/** What generated vectors are drawn from: one stream of randomness for each kind and suite, and clients that can be repeated. */
import { toHex, utf8 } from '../../../base/bytes.ts'
import { randomBytes } from '../../../base/random.ts'
import { encode } from '../../../codec/codec.ts'
import { Draws, seededRandom } from '../../../compare/random.ts'
import { moreCurves } from '../../../crypto/backends/curves.ts'
import { createProvider } from '../../../crypto/default-provider.ts'
import type { CipherSuite } from '../../../crypto/suites.ts'
import type { Credential } from '../../../mls/credential.ts'
import {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  type KeyPackageRequest,
  type OwnKeyPackage,
  withGrease,
} from '../../../mls/key-package-create.ts'
import { MLSMessage } from '../../../mls/message.ts'
import { certificate, type Party } from './certificate.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A JSON object of a vector. */
export type VectorCase = Readonly<Record<string, unknown>>

/** An extension and a proposal that mean nothing to anybody but are supported by all clients here. */
export const CUSTOM_EXTENSION = 0xf0e0
export const CUSTOM_PROPOSAL = 0xf0a0
/** Every clock of the generated groups: 2025-01-01T00:00:00Z. */
export const NOW = 1_735_689_600n
const LIFETIME = { notBefore: NOW - 3_600n, notAfter: NOW + 365n * 86_400n }

/** A client, its private keys open: generated vectors give them away. */
export interface VectorClient {
  readonly description: ClientDescription
  readonly signaturePrivateKey: Bytes
}

/** Draws everything that one kind needs in one suite. */
export class Maker {
  readonly suite: CipherSuite
  readonly draws: Draws
  #clients = 0

  constructor(seed: string, suiteId: number) {
    const hash = createProvider().primitive('sha256')
    this.suite = createProvider({ extra: moreCurves(), random: seededRandom(hash, `${seed} keys`) }).suite(suiteId)
    this.draws = new Draws(seededRandom(hash, `${seed} draws`))
  }

  bytes(length: number): Bytes {
    return randomBytes(this.suite.random, length)
  }

  /** As long as the digests and secrets of the suite. */
  secret(): Bytes {
    return this.bytes(this.suite.kdf.length)
  }

  hex(length = this.suite.kdf.length): string {
    return toHex(this.bytes(length))
  }

  client(): VectorClient {
    const { suite, draws } = this
    const name = `client ${++this.#clients} of suite ${suite.id}`
    const signaturePrivateKey = suite.generateSignatureKey()
    const signer = suite.signature.signer(signaturePrivateKey)
    const credential: Credential = draws.chance(0.2)
      ? { credentialType: 'x509', certificates: this.#chain({ name, signer }) }
      : { credentialType: 'basic', identity: utf8(name) }
    const own = defaultCapabilities(suite, credential)
    const capabilities = {
      ...own,
      extensions: [...own.extensions, CUSTOM_EXTENSION],
      proposals: [...own.proposals, CUSTOM_PROPOSAL],
      credentials: [1, 2],
    }
    const description = {
      signer,
      credential,
      capabilities: draws.chance(0.5) ? withGrease(capabilities, suite.random) : capabilities,
      leafExtensions: draws.chance(0.3) ? [this.extension()] : [],
    }
    return { description, signaturePrivateKey }
  }

  /** A certificate and that of its issuer, whom nobody knows. */
  #chain(owner: Party): { readonly certData: Bytes }[] {
    const { signature } = this.suite
    const issuer = { name: 'issuer', signer: signature.signer(this.suite.generateSignatureKey()) }
    return [owner, issuer].map(subject => ({ certData: certificate(signature.id, subject, issuer) }))
  }

  extension() {
    return { extensionType: CUSTOM_EXTENSION, extensionData: this.bytes(this.draws.between(0, 70)) }
  }

  keyPackage({ description }: VectorClient, request: Partial<KeyPackageRequest> = {}): OwnKeyPackage {
    const lastResort = this.draws.chance(0.2)
    return createKeyPackage(this.suite, { ...description, lifetime: LIFETIME, lastResort, ...request })
  }
}

/** A key package as a message, in hexadecimal. */
export function keyPackageHex({ keyPackage }: OwnKeyPackage): string {
  return toHex(encode(MLSMessage, { wireFormat: 'mls_key_package', keyPackage }))
}
