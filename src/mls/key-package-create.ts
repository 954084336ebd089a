/** RFC 9420 section 10: making key packages, and naming them (section 5.2). */
import { checked, objectOf } from '../base/arguments.ts'
import { EMPTY } from '../base/bytes.ts'
import type { RandomSource } from '../base/random.ts'
import { wipe, wipingOnError } from '../base/secret.ts'
import { decode, encode } from '../codec/codec.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { Signer } from '../crypto/provider.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { type Credential, credentialTypeOf } from './credential.ts'
import type { Extension } from './extension.ts'
import { KEY_PACKAGE_LABEL, KeyPackage, KeyPackageTBS } from './key-package.ts'
import { checkKeyPackageExtensions } from './key-package-checks.ts'
import { checkExtensions, checkOwnCredential } from './leaf-checks.ts'
import type { Capabilities, Lifetime } from './leaf-node.ts'
import { signLeaf } from './leaf-signature.ts'
import { ExtensionType, ProposalType, ProtocolVersion } from './registries.ts'
import { signerOf } from './saved/requests.ts'

/** What a client says of itself in every leaf that it makes. */
export interface ClientDescription {
  /** Belongs to the signature key of the client. */
  readonly signer: Signer
  readonly credential: Credential
  /** By default what this library supports by itself, in this suite, and the type of the credential. */
  readonly capabilities?: Capabilities
  /** Of the leaf. */
  readonly leafExtensions?: readonly Extension[]
}

/** What a key package is made from. */
export interface KeyPackageRequest extends ClientDescription {
  readonly lifetime: Lifetime
  readonly extensions?: readonly Extension[]
  /** Marks a key package that may be used more than once, when all others have run out. */
  readonly lastResort?: boolean
}

/** A key package with its private keys. Its owner wipes it once it was used, or never will be. */
export interface OwnKeyPackage {
  readonly keyPackage: KeyPackage
  /** As it is published, without an outer message. */
  readonly encoded: Uint8Array<ArrayBuffer>
  readonly ref: Uint8Array<ArrayBuffer>
  readonly initKeys: KeyPair
  readonly leafKeys: KeyPair
}

/** What this library supports by itself. */
export function defaultCapabilities(suite: CipherSuite, credential: Credential): Capabilities {
  return {
    versions: [ProtocolVersion.of.mls10],
    cipherSuites: [suite.id],
    extensions: [ExtensionType.of.last_resort],
    proposals: [ProposalType.of.self_remove],
    credentials: [credentialTypeOf(credential)],
  }
}

/** copath-mls-13.5-02: adds a value without meaning to lists that others ignore it in, so that peers which do not are found early. */
export function withGrease(capabilities: Capabilities, random: RandomSource): Capabilities {
  const draws = new Uint8Array(4)
  random(draws)
  const value = (i: number): number => 0x0a0a + 0x1010 * (draws[i]! % 15)
  return {
    versions: capabilities.versions,
    cipherSuites: [...capabilities.cipherSuites, value(0)],
    extensions: [...capabilities.extensions, value(1)],
    proposals: [...capabilities.proposals, value(2)],
    credentials: [...capabilities.credentials, value(3)],
  }
}

const REF_LABEL = 'MLS 1.0 KeyPackage Reference'

/** Section 5.2, MakeKeyPackageRef, of an encoded key package. */
export function keyPackageRef(suite: CipherSuite, encoded: Uint8Array): Uint8Array<ArrayBuffer> {
  return suite.labels.refHash(REF_LABEL, encoded)
}

/** copath-mls-last-resort-01: whether a key package may be used more than once (draft-ietf-mls-extensions). */
export function isLastResort({ extensions }: KeyPackage): boolean {
  return extensions.some(({ extensionType }) => extensionType === ExtensionType.of.last_resort)
}

/** Makes a key package, copath-mls-10-01: with keys that no other has. */
export function createKeyPackage(suite: CipherSuite, request: KeyPackageRequest): OwnKeyPackage {
  const { signer, credential, lifetime, leafExtensions = [], lastResort = false } = request
  signerOf(signer)
  const capabilities = request.capabilities ?? defaultCapabilities(suite, credential)
  const marks = lastResort ? [{ extensionType: ExtensionType.of.last_resort, extensionData: EMPTY }] : []
  const extensions = [...(request.extensions ?? []), ...marks]
  const { notBefore, notAfter } = objectOf(lifetime)
  const isBigint = typeof notBefore === 'bigint' && typeof notAfter === 'bigint'
  checked(lifetime, isBigint && notBefore <= notAfter, 'bigints of seconds, the beginning and then the end')
  const initKeys = suite.kem.generateKeyPair()
  const leafKeys = suite.kem.generateKeyPair()
  return wipingOnError([initKeys.privateKey, leafKeys.privateKey], () => {
    const leafNode = signLeaf(suite, signer, {
      encryptionKey: leafKeys.publicKey,
      signatureKey: signer.publicKey,
      credential,
      capabilities,
      leafNodeSource: 'key_package',
      lifetime,
      extensions: leafExtensions,
    })
    checkOwnCredential(leafNode)
    checkExtensions(leafNode)
    // copath-mls-10-03: it lists what it has
    checkKeyPackageExtensions({ extensions, leafNode }, {})
    const version = ProtocolVersion.of.mls10
    const content = { version, cipherSuite: suite.id, initKey: initKeys.publicKey, leafNode, extensions }
    const signature = suite.labels.signWithLabel(signer, KEY_PACKAGE_LABEL, encode(KeyPackageTBS, content))
    const encoded = encode(KeyPackage, { ...content, signature })
    // nothing of it is the caller's, which may use the bytes of its name again
    const keyPackage = decode(KeyPackage, encoded.slice())
    return { keyPackage, encoded, ref: keyPackageRef(suite, encoded), initKeys, leafKeys }
  })
}

/** Forgets the private keys of a key package. */
export function wipeKeyPackage({ initKeys, leafKeys }: OwnKeyPackage): void {
  wipe(initKeys.privateKey, leafKeys.privateKey)
}
