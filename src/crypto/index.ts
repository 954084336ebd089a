/** copath/crypto: the provider, cipher suites, HPKE and labels. */
export { ByteList } from '../base/byte-list.ts'
export {
  BugError,
  CopathError,
  EnvironmentError,
  type ErrorCode,
  type ErrorDetails,
  RejectedError,
  UsageError,
} from '../base/errors.ts'
export { hostRandom, type RandomSource, randomBytes } from '../base/random.ts'
export { type CountingProvider, countOperations, type OperationCounts } from './counting.ts'
export {
  createProvider,
  defaultProvider,
  describeChoices,
  type ProviderOptions,
  type SuiteProvider,
} from './default-provider.ts'
export type {
  ExportContext,
  ExportedSecret,
  Hpke,
  HpkeCiphertext,
  HpkeCiphertexts,
  ReceivedCiphertext,
  SealMany,
} from './hpke.ts'
export type { Encapsulated, Kem, KeyPair, KeyPairs } from './kem.ts'
export type { EncryptManyWithLabel, Labels } from './labels.ts'
export type {
  Aead,
  Backend,
  BackendName,
  Choice,
  CryptoProvider,
  DiffieHellman,
  Hash,
  HashStream,
  InParts,
  Kdf,
  KeyComposition,
  KeyEncapsulation,
  PrimitiveId,
  Primitives,
  SignatureScheme,
  SignedMessages,
  Signer,
} from './provider.ts'
export type { CipherSuite } from './suites.ts'
