/** Vectors of the labelled functions: RFC 9420 section 5 and DeriveTreeSecret of section 9. */
import { ByteList } from '../../base/byte-list.ts'
import { concat } from '../../base/bytes.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { Given } from './given.ts'
import { privateKeyOf, suiteOf, type VectorKind } from './kind.ts'

/** Nothing here is derived longer. */
const LONGEST = 0xffff

export const cryptoBasics: VectorKind = {
  name: 'crypto-basics',
  fields: [
    'cipher_suite',
    'ref_hash',
    'expand_with_label',
    'derive_secret',
    'derive_tree_secret',
    'sign_with_label',
    'encrypt_with_label',
  ],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    checkHashAndKdf(suite, given)
    checkSignature(suite, given.at('sign_with_label'))
    checkEncryption(suite, given.at('encrypt_with_label'))
  },
}

function checkHashAndKdf({ labels }: CipherSuite, given: Given): void {
  const reference = given.at('ref_hash')
  reference.at('out').mustBe(labels.refHash(reference.at('label').text(), reference.at('value').bytes()))

  const expand = given.at('expand_with_label')
  const [secret, context] = [expand.at('secret').bytes(), expand.at('context').bytes()]
  const label = expand.at('label').text()
  const length = expand.at('length').uint(LONGEST)
  const out = expand.at('out')
  out.mustBe(labels.expandWithLabel(secret, label, context, length))
  const many = labels.expandManyWithLabel(ByteList.of([secret, secret]), label, ByteList.of([context]), length)
  out.mustBe(many.subarray(0, length))
  out.mustBe(many.subarray(length))

  const derive = given.at('derive_secret')
  derive.at('out').mustBe(labels.deriveSecret(derive.at('secret').bytes(), derive.at('label').text()))

  const tree = given.at('derive_tree_secret')
  const generation = tree.at('generation').uint()
  const derived = labels.deriveTreeSecret(
    tree.at('secret').bytes(),
    tree.at('label').text(),
    generation,
    tree.at('length').uint(LONGEST),
  )
  tree.at('out').mustBe(derived)
}

function checkSignature({ labels, signature }: CipherSuite, given: Given): void {
  const publicKey = given.at('pub').bytes()
  const content = given.at('content').bytes()
  const label = given.at('label').text()
  const published = given.at('signature')
  const tag = published.bytes()
  published.require(labels.verifyWithLabel(publicKey, label, content, tag), 'is not valid')
  published.require(!labels.verifyWithLabel(publicKey, `${label}.`, content, tag), 'is valid under another label')
  const batch = {
    publicKeys: ByteList.of([publicKey, publicKey, publicKey]),
    messages: ByteList.of([content, concat(content, Uint8Array.of(0)), content]),
    signatures: ByteList.of([tag, tag, tag]),
  }
  const invalid = labels.verifyManyWithLabel(label, batch)
  published.require(invalid.join() === '1', 'is judged otherwise when many are verified at once')

  const signer = signature.signer(privateKeyOf(given.at('priv'), signature, publicKey))
  try {
    given.at('pub').mustBe(signer.publicKey)
    const own = labels.signWithLabel(signer, label, content)
    given
      .at('priv')
      .require(labels.verifyWithLabel(publicKey, label, content, own), 'makes signatures that are not valid')
    // Ed25519 and Ed448 are deterministic; ECDSA need not be
    if (signature.id.startsWith('ed')) published.mustBe(own)
  } finally {
    signer.wipe()
  }
}

function checkEncryption({ labels, kem }: CipherSuite, given: Given): void {
  const publicKey = given.at('pub').bytes()
  const pair = { privateKey: privateKeyOf(given.at('priv'), kem), publicKey }
  const label = given.at('label').text()
  const context = given.at('context').bytes()
  const plaintext = given.at('plaintext')
  const published = { kemOutput: given.at('kem_output').bytes(), ciphertext: given.at('ciphertext').bytes() }
  plaintext.mustBe(labels.decryptWithLabel(pair, label, context, published))
  const own = labels.encryptWithLabel(publicKey, label, context, plaintext.bytes())
  plaintext.mustBe(labels.decryptWithLabel(pair, label, context, own))
  const publicKeys = ByteList.of([publicKey, publicKey])
  const plaintexts = ByteList.of([plaintext.bytes()])
  const many = labels.encryptManyWithLabel({ publicKeys, label, context, plaintexts })
  for (const i of [0, 1]) {
    const sealed = { kemOutput: many.kemOutputs.at(i).slice(), ciphertext: many.ciphertexts.at(i).slice() }
    plaintext.mustBe(labels.decryptWithLabel(pair, label, context, sealed))
    const underAnother = () => labels.decryptWithLabel(pair, `${label}.`, context, sealed)
    plaintext.mustBeRefused(underAnother, 'invalid-tag', 'is decrypted under another label')
  }
}
