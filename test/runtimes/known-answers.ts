/** What every runtime must answer: one published example for each primitive, HPKE, the labels, and how bad input is refused. */
import type * as Copath from '../../src/crypto/index.ts'
import {
  AEADS,
  ascii,
  ED25519,
  HASHES,
  HPKE,
  HPKE_AAD,
  HPKE_INFO,
  HPKE_PLAINTEXT,
  hex,
  LABELS,
  MACS,
  rising,
  text,
  X25519,
} from './examples.ts'

/** The parts of copath/crypto that are asked. */
export type Library = Pick<typeof Copath, 'ByteList' | 'CopathError' | 'createProvider'>

/** How many questions were asked, and the answers that were wrong, in words. */
export interface Answers {
  readonly asked: number
  readonly wrong: readonly string[]
}

type Bytes = Uint8Array<ArrayBuffer>

const EMPTY = new Uint8Array(0)

/** Puts all questions to a provider over `backends`, or over the default ones. */
export function ask({ ByteList, CopathError, createProvider }: Library, backends?: readonly Copath.Backend[]): Answers {
  const wrong: string[] = []
  let asked = 0
  const expectSame = (what: string, answer: () => string, expected: string): void => {
    asked++
    try {
      const got = answer()
      if (got !== expected) wrong.push(`${what}: ${got}`)
    } catch (error) {
      wrong.push(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`)
    }
  }
  const codeOf = (body: () => unknown): string => {
    try {
      body()
    } catch (error) {
      if (error instanceof CopathError) return error.code
      throw error
    }
    return 'nothing was thrown'
  }
  const providerWith = (random?: Bytes) =>
    createProvider({
      ...(backends && { backends }),
      ...(random && { random: (out: Uint8Array) => out.set(random.subarray(0, out.length)) }),
    })
  const provider = providerWith()

  const million = new Uint8Array(1_000_000).fill(0x61)
  for (const id of ['sha256', 'sha384', 'sha512'] as const) {
    const hash = provider.primitive(id)
    expectSame(id, () => text(hash.digest(ascii('abc'))), HASHES[id].abc)
    expectSame(`${id} of a million bytes`, () => text(hash.digest(million)), HASHES[id].million)
    expectSame(
      `${id} of many`,
      () => text(hash.digestMany(ByteList.of([ascii('abc'), million]))),
      HASHES[id].abc + HASHES[id].million,
    )
    expectSame(
      `${id}, streaming`,
      () => text(hash.stream().update(ascii('a')).update(ascii('bc')).digest()),
      HASHES[id].abc,
    )
  }
  for (const id of ['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const) {
    const mac = () => provider.primitive(id).hmac(ascii('Jefe'), ascii('what do ya want for nothing?'))
    expectSame(`${id}, HMAC`, () => text(mac()), MACS[id])
  }
  const kdf = provider.primitive('hkdf-sha256')
  const pseudorandom = '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5'
  const output = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'
  expectSame('HKDF-Extract', () => text(kdf.extract(rising(0, 13), new Uint8Array(22).fill(0x0b))), pseudorandom)
  expectSame('HKDF-Expand', () => text(kdf.expand(hex(pseudorandom), rising(0xf0, 10), 42)), output)

  for (const id of ['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const) {
    const aead = provider.primitive(id)
    const { key, nonce, aad, plaintext, sealed } = AEADS[id]
    const forged = hex(sealed)
    forged[forged.length - 1]! ^= 1
    expectSame(`${id}, seal`, () => text(aead.seal(key, nonce, aad, plaintext)), sealed)
    expectSame(`${id}, open`, () => text(aead.open(key, nonce, aad, hex(sealed))), text(plaintext))
    expectSame(`${id}, forgery`, () => codeOf(() => aead.open(key, nonce, aad, forged)), 'invalid-tag')
    const long = million.subarray(0, 100_000)
    expectSame(
      `${id}, long message`,
      () => String(aead.open(key, nonce, aad, aead.seal(key, nonce, aad, long)).every(byte => byte === 0x61)),
      'true',
    )
  }

  const dh = provider.primitive('x25519')
  const { alice, alicePublic, bob, bobPublic, shared } = X25519
  expectSame('X25519, public keys', () => text(dh.publicKeyMany(ByteList.of([alice, bob]))), alicePublic + bobPublic)
  expectSame('X25519, public key', () => text(dh.publicKey(alice)), alicePublic)
  expectSame('X25519, shared secret', () => text(dh.shared(alice, hex(bobPublic))), shared)
  const others = ByteList.of([hex(bobPublic), hex(alicePublic), new Uint8Array(32)])
  expectSame(
    'X25519, shared secrets',
    () => text(dh.sharedMany(ByteList.of([alice, bob]), others.slice(0, 2))),
    shared + shared,
  )
  expectSame(
    'X25519, point of low order',
    () => codeOf(() => dh.sharedMany(ByteList.of([bob]), others)),
    'low-order-point',
  )

  const scheme = provider.primitive('ed25519')
  const { seed, publicKey, message, signature } = ED25519
  expectSame('Ed25519, public key', () => text(scheme.publicKey(seed)), publicKey)
  expectSame('Ed25519, signature', () => text(scheme.signer(seed).sign(message)), signature)
  expectSame('Ed25519, verification', () => String(scheme.verify(hex(publicKey), message, hex(signature))), 'true')
  const batch = {
    publicKeys: ByteList.of(Array.from({ length: 20 }, () => hex(publicKey))),
    messages: ByteList.of(Array.from({ length: 20 }, (_, i) => (i === 13 ? EMPTY : message))),
    signatures: ByteList.of(Array.from({ length: 20 }, () => hex(signature))),
  }
  expectSame('Ed25519, many', () => String(scheme.verifyMany(batch)), '13')

  for (const { suite, ephemeral, kemOutput, privateKey, publicKey, ciphertext } of HPKE) {
    const { hpke } = providerWith(ephemeral).suite(suite)
    const pair = { privateKey, publicKey }
    const sealed = { kemOutput: hex(kemOutput), ciphertext: hex(ciphertext) }
    const seal = () => hpke.seal(publicKey, HPKE_INFO, HPKE_AAD, HPKE_PLAINTEXT)
    expectSame(
      `HPKE of suite ${suite}, seal`,
      () => text(seal().kemOutput) + text(seal().ciphertext),
      kemOutput + ciphertext,
    )
    expectSame(
      `HPKE of suite ${suite}, open`,
      () => text(hpke.open(pair, sealed, HPKE_INFO, HPKE_AAD)),
      text(HPKE_PLAINTEXT),
    )
    expectSame(
      `HPKE of suite ${suite}, other associated data`,
      () => codeOf(() => hpke.open(pair, sealed, HPKE_INFO, EMPTY)),
      'invalid-tag',
    )
  }

  const { labels, kem } = provider.suite(1)
  const { secret, context } = LABELS
  expectSame('ExpandWithLabel', () => text(labels.expandWithLabel(secret, 'label', context, 40)), LABELS.expanded)
  expectSame('DeriveSecret', () => text(labels.deriveSecret(secret, 'label')), LABELS.derived)
  expectSame('DeriveTreeSecret', () => text(labels.deriveTreeSecret(secret, 'label', 7, 16)), LABELS.tree)
  expectSame('RefHash', () => text(labels.refHash('MLS 1.0 label', context)), LABELS.reference)
  const sign = () => labels.signWithLabel(scheme.signer(seed), 'label', context)
  expectSame('SignWithLabel', () => text(sign()), LABELS.signature)
  expectSame('VerifyWithLabel', () => String(labels.verifyWithLabel(hex(publicKey), 'label', context, sign())), 'true')
  expectSame(
    'VerifyWithLabel, another label',
    () => String(labels.verifyWithLabel(hex(publicKey), 'other', context, sign())),
    'false',
  )
  const pair = kem.generateKeyPair()
  const encrypted = () => labels.encryptWithLabel(pair.publicKey, 'label', context, secret)
  expectSame('EncryptWithLabel', () => text(labels.decryptWithLabel(pair, 'label', context, encrypted())), text(secret))
  return { asked, wrong }
}
