/** AEADs on WebAssembly: the vectors of RFC 8439 and of the GCM specification. */
import { expect, test } from 'vitest'
import { fromHex, toHex, utf8 } from '../../../../src/base/bytes.ts'
import { wasmAead } from '../../../../src/crypto/backends/wasm/aead.ts'
import type { Aead } from '../../../../src/crypto/provider.ts'

const vector = (
  id: Aead['id'],
  values: readonly [key: string, nonce: string, aad: string, text: Uint8Array],
  out: string,
) => {
  const [key, nonce, aad] = values.slice(0, 3).map(value => fromHex(value as string)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const aead = wasmAead(id)
  const sealed = aead.seal(key, nonce, aad, values[3])
  expect(toHex(sealed).slice(-out.length)).toBe(out)
  expect(toHex(aead.open(key, nonce, aad, sealed))).toBe(toHex(values[3]))
}

test('RFC 8439 section 2.8.2 and appendix A.5', () => {
  const tip =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
  vector(
    'chacha20poly1305',
    [
      '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
      '070000004041424344454647',
      '50515253c0c1c2c3c4c5c6c7',
      utf8(tip),
    ],
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
  )
  const drafts =
    'Internet-Drafts are draft documents valid for a maximum of six months and may be updated, replaced, or obsoleted by other documents at any time. It is inappropriate to use Internet-Drafts as reference material or to cite them other than as /“work in progress./”'
  vector(
    'chacha20poly1305',
    [
      '1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0',
      '000000000102030405060708',
      'f33388860000000000004e91',
      utf8(drafts),
    ],
    'eead9d67890cbb22392336fea1851f38',
  )
})

// Test cases 5 to 12 and 17, 18 of the GCM specification have nonces of other lengths or AES-192 keys, which the interface does not offer.
const key = 'feffe9928665731c6d6a8f9467308308'
const nonce = 'cafebabefacedbaddecaf888'
const aad = 'feedfacedeadbeeffeedfacedeadbeefabaddad2'
const text = fromHex(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
)
const [zeroKey, zeroNonce, zeroText] = ['00'.repeat(16), '00'.repeat(12), new Uint8Array(16)] as const
const c128 =
  '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985'
const c256 =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad'

test('GCM specification, test cases 1 to 4', () => {
  const id = 'aes128gcm'
  vector(id, [zeroKey, zeroNonce, '', new Uint8Array(0)], '58e2fccefa7e3061367f1d57a4e7455a')
  vector(id, [zeroKey, zeroNonce, '', zeroText], '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf')
  vector(id, [key, nonce, '', text], `${c128}4d5c2af327cd64a62cf35abd2ba6fab4`)
  vector(id, [key, nonce, aad, text.subarray(0, 60)], `${c128.slice(0, 120)}5bc94fbc3221a5db94fae95ae7121a47`)
})

test('GCM specification, test cases 13 to 16', () => {
  const id = 'aes256gcm'
  vector(id, [zeroKey + zeroKey, zeroNonce, '', new Uint8Array(0)], '530f8afbc74536b9a963b4f1c4cb738b')
  vector(
    id,
    [zeroKey + zeroKey, zeroNonce, '', zeroText],
    'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  )
  vector(id, [key + key, nonce, '', text], `${c256}b094dac5d93471bdec1a502270e3cc6c`)
  vector(id, [key + key, nonce, aad, text.subarray(0, 60)], `${c256.slice(0, 120)}76fc6ece0f4e1768cddf8853bb2d551b`)
})
