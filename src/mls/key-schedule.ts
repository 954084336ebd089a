/** RFC 9420 section 8: the key schedule, from one epoch's secrets to the next's; exporters and the external key pair. */
import { EMPTY } from '../base/bytes.ts'
import { SecretBytes, wipe, wipingAfter } from '../base/secret.ts'
import type { KeyPair } from '../crypto/kem.ts'
import type { CipherSuite } from '../crypto/suites.ts'

/** Table 4 of section 8: what an epoch's secrets are derived with. */
const LABELS = {
  senderData: 'sender data',
  encryption: 'encryption',
  exporter: 'exporter',
  external: 'external',
  confirmationKey: 'confirm',
  membershipKey: 'membership',
  resumptionPsk: 'resumption',
  epochAuthenticator: 'authentication',
  init: 'init',
} as const

/** The name of a secret of an epoch. */
export type SecretName = keyof typeof LABELS
/** The names of the secrets, in the order of the RFC's table. */
export const SECRET_NAMES = Object.keys(LABELS) as readonly SecretName[]

/** The secrets of one epoch. Their owner wipes each as soon as it is used up: `encryption` first, when the secret tree is made. */
export type EpochSecrets = { readonly [Name in SecretName]: SecretBytes }

/** What an epoch is made from. The byte strings stay the caller's. */
export interface EpochInputs {
  /** `init` of the epoch before, or what an external commit brought. */
  readonly initSecret: Uint8Array
  readonly commitSecret: Uint8Array
  /** Section 8.4; zeros where no pre-shared key is used. */
  readonly pskSecret: Uint8Array
  /** The encoded GroupContext of the new epoch. */
  readonly groupContext: Uint8Array
}

/** What a commit makes: the epoch, and what a Welcome needs. The owner wipes all of it. */
export interface NewEpoch {
  readonly joinerSecret: SecretBytes
  readonly welcomeSecret: SecretBytes
  readonly secrets: EpochSecrets
}

/** What a Welcome's GroupInfo is encrypted with. */
export interface WelcomeKey {
  readonly key: Uint8Array<ArrayBuffer>
  readonly nonce: Uint8Array<ArrayBuffer>
}

/** The value of `commit_secret` and `psk_secret` where there is none. */
export function zeroSecret(suite: CipherSuite): Uint8Array<ArrayBuffer> {
  return new Uint8Array(suite.kdf.length)
}

/** Derives an epoch from the one before it. copath-mls-9.2-02: what comes between is wiped; the rest its owners wipe. */
export function deriveEpoch(suite: CipherSuite, inputs: EpochInputs): NewEpoch {
  const { kdf, labels } = suite
  const mixed = kdf.extract(inputs.initSecret, inputs.commitSecret)
  const joiner = wipingAfter([mixed], () => labels.expandWithLabel(mixed, 'joiner', inputs.groupContext, kdf.length))
  return { joinerSecret: new SecretBytes(joiner), ...deriveFromJoiner(suite, joiner, inputs) }
}

/** The part of the schedule that a new member, who learns the joiner secret from a Welcome, computes too. */
export function deriveFromJoiner(
  suite: CipherSuite,
  joinerSecret: Uint8Array,
  { pskSecret, groupContext }: Pick<EpochInputs, 'pskSecret' | 'groupContext'>,
): Omit<NewEpoch, 'joinerSecret'> {
  const { kdf, labels } = suite
  const memberSecret = kdf.extract(joinerSecret, pskSecret)
  return wipingAfter([memberSecret], () => {
    const epochSecret = labels.expandWithLabel(memberSecret, 'epoch', groupContext, kdf.length)
    return wipingAfter([epochSecret], () => ({
      welcomeSecret: new SecretBytes(labels.deriveSecret(memberSecret, 'welcome')),
      secrets: secretsOf(suite, epochSecret),
    }))
  })
}

/** `welcome_secret` alone: a joiner needs it to read the GroupInfo, from which it then learns the group context. */
export function welcomeSecretOf(suite: CipherSuite, joinerSecret: Uint8Array, pskSecret: Uint8Array): SecretBytes {
  const memberSecret = suite.kdf.extract(joinerSecret, pskSecret)
  return new SecretBytes(wipingAfter([memberSecret], () => suite.labels.deriveSecret(memberSecret, 'welcome')))
}

function secretsOf(suite: CipherSuite, epochSecret: Uint8Array): EpochSecrets {
  const derive = (name: SecretName): [SecretName, SecretBytes] => [
    name,
    new SecretBytes(suite.labels.deriveSecret(epochSecret, LABELS[name])),
  ]
  return Object.fromEntries(SECRET_NAMES.map(derive)) as EpochSecrets
}

/** A group's first epoch starts from an epoch secret drawn at random (section 11). */
export function createFirstEpoch(suite: CipherSuite): EpochSecrets {
  const epochSecret = new Uint8Array(suite.kdf.length)
  suite.random(epochSecret)
  return wipingAfter([epochSecret], () => secretsOf(suite, epochSecret))
}

/** Wipes every secret of an epoch. */
export function wipeEpoch(secrets: EpochSecrets): void {
  for (const name of SECRET_NAMES) secrets[name].wipe()
}

/** Section 8: the key and nonce of a Welcome's GroupInfo. The caller wipes them. */
export function welcomeKey({ labels, aead }: CipherSuite, welcomeSecret: Uint8Array): WelcomeKey {
  return {
    key: labels.expandWithLabel(welcomeSecret, 'key', EMPTY, aead.keyLength),
    nonce: labels.expandWithLabel(welcomeSecret, 'nonce', EMPTY, aead.nonceLength),
  }
}

/** Section 8.5, MLS-Exporter: a secret for the application, bound to a label and a context. */
export function exportSecret(
  { hash, labels }: CipherSuite,
  exporterSecret: Uint8Array,
  what: { readonly label: string; readonly context: Uint8Array; readonly length: number },
): Uint8Array<ArrayBuffer> {
  const derived = labels.deriveSecret(exporterSecret, what.label)
  return wipingAfter([derived], () =>
    labels.expandWithLabel(derived, 'exported', hash.digest(what.context), what.length),
  )
}

/** Section 8.3: the key pair that outsiders encrypt to when they join by an external commit. */
export function externalKeyPair({ kem }: CipherSuite, externalSecret: Uint8Array): KeyPair {
  return kem.deriveKeyPair(externalSecret)
}

/** Section 8.3: what an external commit exports on both sides of HPKE. */
export function externalInitContext(suite: CipherSuite): { info: Uint8Array; context: Uint8Array; length: number } {
  return { info: EMPTY, context: EXTERNAL_INIT_CONTEXT, length: suite.kdf.length }
}

const EXTERNAL_INIT_CONTEXT = new TextEncoder().encode('MLS 1.0 external init secret')

/** Section 6.1: the confirmation tag of an epoch. */
export function confirmationTag(
  suite: CipherSuite,
  secrets: EpochSecrets,
  confirmedHash: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return suite.kdf.hmac(secrets.confirmationKey.bytes, confirmedHash)
}

/** Wipes what `deriveEpoch` returned. */
export function wipeNewEpoch({ joinerSecret, welcomeSecret, secrets }: NewEpoch): void {
  joinerSecret.wipe()
  welcomeSecret.wipe()
  wipeEpoch(secrets)
}

/** Wipes a Welcome key. */
export function wipeWelcomeKey({ key, nonce }: WelcomeKey): void {
  wipe(key, nonce)
}
