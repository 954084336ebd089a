/** Wycheproof against every backend. */
import { describe } from 'vitest'
import { backendsUnderTest } from './backends.ts'
import { wycheproofAead, wycheproofEddsa, wycheproofHkdf, wycheproofHmac, wycheproofMontgomery } from './wycheproof.ts'

for (const { detail, primitives } of await backendsUnderTest()) {
  describe(`Wycheproof on ${detail}`, () => {
    for (const id of ['hkdf-sha256', 'hkdf-sha384', 'hkdf-sha512'] as const) {
      const kdf = primitives[id]
      if (kdf === undefined) continue
      wycheproofHmac(kdf)
      wycheproofHkdf(kdf)
    }
    for (const id of ['aes128gcm', 'aes256gcm', 'chacha20poly1305'] as const) {
      const aead = primitives[id]
      if (aead !== undefined) wycheproofAead(aead)
    }
    if (primitives.x25519 !== undefined) wycheproofMontgomery(primitives.x25519)
    if (primitives.ed25519 !== undefined) wycheproofEddsa(primitives.ed25519)
  })
}
