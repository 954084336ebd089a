/** WebCrypto, keys imported beforehand: every call is awaited, which is part of what it costs. */

const subtle = globalThis.crypto.subtle

type Bytes = Uint8Array<ArrayBuffer>

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes)

/** The shared secret of a private key and another's public key. */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array, peer: Uint8Array): () => Promise<Bytes> {
  const jwk = { kty: 'OKP', crv: 'X25519', d: base64url(privateKey), x: base64url(publicKey) }
  const key = subtle.importKey('jwk', jwk, { name: 'X25519' }, false, ['deriveBits'])
  const other = subtle.importKey('raw', own(peer), { name: 'X25519' }, false, [])
  return async () => new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: await other }, await key, 256))
}

export function generateX25519(): Promise<unknown> {
  return subtle.generateKey({ name: 'X25519' }, false, ['deriveBits'])
}

export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): () => Promise<boolean> {
  const key = subtle.importKey('raw', own(publicKey), { name: 'Ed25519' }, false, ['verify'])
  const [text, mark] = [own(message), own(signature)]
  return async () => subtle.verify({ name: 'Ed25519' }, await key, mark, text)
}

export function sha256(data: Uint8Array): () => Promise<Bytes> {
  const text = own(data)
  return async () => new Uint8Array(await subtle.digest('SHA-256', text))
}

/** AES-128-GCM; a nonce is used again here, which nobody may do elsewhere. */
export function sealAes(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): () => Promise<Bytes> {
  const imported = subtle.importKey('raw', own(key), { name: 'AES-GCM' }, false, ['encrypt'])
  const [algorithm, text] = [{ name: 'AES-GCM', iv: own(nonce), additionalData: own(aad) }, own(plaintext)]
  return async () => new Uint8Array(await subtle.encrypt(algorithm, await imported, text))
}
