/** RFC 9180 appendices A.1.1, A.2.1, A.3.1 and A.6.1: one case in base mode for each suite of RFC 9420 that it has one for. */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../src/base/byte-list.ts'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import type { RandomSource } from '../../src/base/random.ts'
import type { KeyPair } from '../../src/crypto/kem.ts'
import type { CipherSuite } from '../../src/crypto/suites.ts'

export const INFO = fromHex('4f6465206f6e2061204772656369616e2055726e')
export const PLAINTEXT = fromHex('4265617574792069732074727574682c20747275746820626561757479')
export const AAD = utf8('Count-0')

export const RFC_9180 = [
  {
    name: 'A.1.1 (AES-128-GCM)',
    suite: 1,
    ikmE: '7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234',
    skEm: '52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736',
    pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    ikmR: '6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037',
    skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    sharedSecret: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
    ciphertext: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    exports: [
      { context: '', value: '3853fe2b4035195a573ffc53856e77058e15d9ea064de3e59f4961d0095250ee' },
      { context: '00', value: '2e8f0b54673c7029649d4eb9d5e33bf1872cf76d623ff164ac185da9e88c21a5' },
      {
        context: '54657374436f6e74657874',
        value: 'e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931',
      },
    ],
  },
  {
    name: 'A.2.1 (ChaCha20-Poly1305)',
    suite: 3,
    ikmE: '909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b',
    skEm: 'f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600',
    pkEm: '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    ikmR: '1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df',
    skRm: '8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb',
    pkRm: '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
    sharedSecret: '0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7',
    ciphertext: '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
    exports: [
      { context: '', value: '4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e' },
      { context: '00', value: '8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69' },
      {
        context: '54657374436f6e74657874',
        value: '5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53',
      },
    ],
  },
  {
    name: 'A.3.1 (P-256, AES-128-GCM)',
    suite: 2,
    ikmE: '4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e',
    skEm: '4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb',
    pkEm: '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
    ikmR: '668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550',
    skRm: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
    pkRm: '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
    sharedSecret: 'c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8',
    ciphertext: '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
    exports: [
      { context: '', value: '5e9bc3d236e1911d95e65b576a8a86d478fb827e8bdfe77b741b289890490d4d' },
      { context: '00', value: '6cff87658931bda83dc857e6353efe4987a201b849658d9b047aab4cf216e796' },
      { context: '54657374436f6e74657874', value: 'd8f1ea7942adbba7412c6d431c62d01371ea476b823eb697e1f6e6cae1dab85a' },
    ],
  },
  {
    name: 'A.6.1 (P-521, AES-256-GCM)',
    suite: 5,
    ikmE: '7f06ab8215105fc46aceeb2e3dc5028b44364f960426eb0d8e4026c2f8b5d7e7a986688f1591abf5ab753c357a5d6f0440414b4ed4ede71317772ac98d9239f70904',
    skEm: '014784c692da35df6ecde98ee43ac425dbdd0969c0c72b42f2e708ab9d535415a8569bdacfcc0a114c85b8e3f26acf4d68115f8c91a66178cdbd03b7bcc5291e374b',
    pkEm: '040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab8900aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f2731ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de12051f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5739d2f29b0',
    ikmR: '2ad954bbe39b7122529f7dde780bff626cd97f850d0784a432784e69d86eccaade43b6c10a8ffdb94bf943c6da479db137914ec835a7e715e36e45e29b587bab3bf1',
    skRm: '01462680369ae375e4b3791070a7458ed527842f6a98a79ff5e0d4cbde83c27196a3916956655523a6a2556a7af62c5cadabe2ef9da3760bb21e005202f7b2462847',
    pkRm: '0401b45498c1714e2dce167d3caf162e45e0642afc7ed435df7902ccae0e84ba0f7d373f646b7738bbbdca11ed91bdeae3cdcba3301f2457be452f271fa6837580e661012af49583a62e48d44bed350c7118c0d8dc861c238c72a2bda17f64704f464b57338e7f40b60959480c0e58e6559b190d81663ed816e523b6b6a418f66d2451ec64',
    sharedSecret:
      '776ab421302f6eff7d7cb5cb1adaea0cd50872c71c2d63c30c4f1d5e43653336fef33b103c67e7a98add2d3b66e2fda95b5b2a667aa9dac7e59cc1d46d30e818',
    ciphertext: '170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b200aafcc6d80ea4c795a7c5b841a',
    exports: [
      { context: '', value: '05e2e5bd9f0c30832b80a279ff211cc65eceb0d97001524085d609ead60d0412' },
      { context: '00', value: 'fca69744bb537f5b7a1596dbf34eaa8d84bf2e3ee7f1a155d41bd3624aa92b63' },
      { context: '54657374436f6e74657874', value: 'f389beaac6fcf6c0d9376e20f97e364f0609a88f1bc76d7328e9104df8477013' },
    ],
  },
]

/** Gives out the bytes of `stream`, then fails. */
export function scripted(stream: Uint8Array): RandomSource {
  let at = 0
  return out => {
    if (at + out.length > stream.length) throw new Error('the script of randomness has ended')
    out.set(stream.subarray(at, (at += out.length)))
  }
}

/** Everything that one of them says, with the suite that a source of randomness makes. */
export function describeRfc9180(
  vector: (typeof RFC_9180)[number],
  suiteWith: (id: number, random: RandomSource) => CipherSuite,
): void {
  const suiteOf = (random: RandomSource) => suiteWith(vector.suite, random)
  describe(`RFC 9180, ${vector.name}`, () => {
    const ephemeral = scripted(fromHex(vector.skEm))
    const pairR: KeyPair = { privateKey: fromHex(vector.skRm), publicKey: fromHex(vector.pkRm) }
    const sealed = { kemOutput: fromHex(vector.pkEm), ciphertext: fromHex(vector.ciphertext) }

    it('derives the key pairs', () => {
      const { kem } = suiteOf(ephemeral).hpke
      expect(kem.deriveKeyPair(fromHex(vector.ikmR))).toEqual(pairR)
      const many = kem.deriveKeyPairMany(ByteList.of([fromHex(vector.ikmE), fromHex(vector.ikmR)]))
      expect(toHex(many.privateKeys)).toBe(vector.skEm + vector.skRm)
      expect(toHex(many.publicKeys)).toBe(vector.pkEm + vector.pkRm)
    })
    it('encapsulates and decapsulates', () => {
      const { kem } = suiteOf(scripted(fromHex(vector.skEm))).hpke
      const { kemOutput, sharedSecret } = kem.encapsulate(pairR.publicKey)
      expect([toHex(kemOutput), toHex(sharedSecret)]).toEqual([vector.pkEm, vector.sharedSecret])
      expect(toHex(kem.decapsulate(pairR, kemOutput))).toBe(vector.sharedSecret)
    })
    it('seals, to one and to many, and opens', () => {
      const one = suiteOf(scripted(fromHex(vector.skEm))).hpke
      expect(one.seal(pairR.publicKey, INFO, AAD, PLAINTEXT)).toEqual(sealed)
      const many = suiteOf(scripted(fromHex(vector.skEm))).hpke
      const publicKeys = ByteList.of([pairR.publicKey])
      const result = many.sealMany({ publicKeys, info: INFO, aad: AAD, plaintexts: ByteList.of([PLAINTEXT]) })
      expect([...result.kemOutputs]).toEqual([sealed.kemOutput])
      expect([...result.ciphertexts]).toEqual([sealed.ciphertext])
      expect(one.open(pairR, sealed, INFO, AAD)).toEqual(PLAINTEXT)
    })
    for (const { context, value } of vector.exports) {
      it(`exports for "${context}" on both sides`, () => {
        const what = { info: INFO, context: fromHex(context), length: 32 }
        const { hpke } = suiteOf(scripted(fromHex(vector.skEm)))
        const sent = hpke.sendExport(pairR.publicKey, what)
        expect([toHex(sent.kemOutput), toHex(sent.secret)]).toEqual([vector.pkEm, value])
        expect(toHex(hpke.receiveExport(pairR, sent.kemOutput, what))).toBe(value)
      })
    }
  })
}
