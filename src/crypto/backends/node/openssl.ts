/** The part of node:crypto that we use, found without an import: bundlers see nothing, browsers miss nothing. */

export type KeyData =
  | { readonly key: Uint8Array; readonly format: 'der'; readonly type: 'pkcs8' }
  | { readonly key: Readonly<Record<string, string>>; readonly format: 'jwk' }

export interface KeyObject {
  export(options: { readonly format: 'jwk' }): { readonly x?: string }
}

export interface EcdhObject {
  setPrivateKey(privateKey: Uint8Array): void
  getPublicKey(): Uint8Array
  computeSecret(publicKey: Uint8Array): Uint8Array
}

export interface HashObject {
  update(data: Uint8Array): HashObject
  digest(): Uint8Array
}

export interface CipherObject {
  setAAD(aad: Uint8Array, options: { readonly plaintextLength: number }): unknown
  update(data: Uint8Array): Uint8Array
  final(): Uint8Array
}

export interface NodeCrypto {
  /** Node 20.12 and later; some of the runtimes that imitate Node lack it. */
  readonly hash?: (name: string, data: Uint8Array, encoding: 'buffer') => Uint8Array
  createHash(name: string): HashObject
  createHmac(name: string, key: Uint8Array): HashObject
  createCipheriv(
    name: string,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { readonly authTagLength: number },
  ): CipherObject & { getAuthTag(): Uint8Array }
  createDecipheriv(
    name: string,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { readonly authTagLength: number },
  ): CipherObject & { setAuthTag(tag: Uint8Array): unknown }
  createPrivateKey(data: KeyData): KeyObject
  createPublicKey(data: KeyData | KeyObject): KeyObject
  diffieHellman(keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): Uint8Array
  createECDH(curve: string): EcdhObject
  getCurves(): string[]
  sign(algorithm: null, message: Uint8Array, key: KeyObject): Uint8Array
  verify(
    algorithm: string | null,
    message: Uint8Array,
    key: KeyObject | { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' },
    signature: Uint8Array,
  ): boolean
  getCiphers(): string[]
}

interface NodeLikeProcess {
  readonly versions?: Readonly<Record<string, string | undefined>>
  getBuiltinModule?(name: string): unknown
}

function nodeLikeProcess(): NodeLikeProcess | undefined {
  return (globalThis as { readonly process?: NodeLikeProcess }).process
}

/** node:crypto, or undefined where there is none (browsers; Node before 20.16 and 22.3). */
export function findNodeCrypto(): NodeCrypto | undefined {
  return nodeLikeProcess()?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
}

/** What is behind it, for people. */
export function nodeCryptoDetail(): string {
  const { openssl } = nodeLikeProcess()?.versions ?? {}
  return openssl === undefined ? 'node:crypto' : `node:crypto, OpenSSL ${openssl}`
}
