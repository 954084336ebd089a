/** Vectors of the secret tree and of the keys of sender data: RFC 9420 sections 9 and 6.3.2. */
import type { CipherSuite } from '../../crypto/suites.ts'
import { senderDataKey } from '../../mls/private-protection.ts'
import { SecretTree } from '../../mls/secret-tree.ts'
import { type Given, Mismatch } from './given.ts'
import { suiteOf, type VectorKind } from './kind.ts'

/** One ratchet is turned no further for a vector. */
const FURTHEST = 2 ** 20
/** The sender's side is turned up to here. */
const SENT = 64

export const secretTree: VectorKind = {
  name: 'secret-tree',
  fields: ['cipher_suite', 'encryption_secret', 'sender_data', 'leaves'],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    checkSenderData(suite, given.at('sender_data'))
    const leaves = given.at('leaves').list()
    given.at('leaves').require(leaves.length > 0, 'is empty')
    // the tree of a group is full (section 7.7)
    const width = 2 ** Math.ceil(Math.log2(leaves.length))
    const limits = { maxForward: FURTHEST, maxKept: 1 }
    const secret = given.at('encryption_secret').bytes()
    const received = new SecretTree(suite, secret, width, limits)
    const sent = new SecretTree(suite, secret, width, limits)
    leaves.forEach((generations, leaf) => {
      const rising = generations.list().sort((a, b) => a.at('generation').uint() - b.at('generation').uint())
      for (const kind of ['handshake', 'application'] as const) {
        let next = 0
        for (const expected of rising) {
          const generation = expected.at('generation').uint()
          const pending = received.receive(leaf, kind, generation)
          expected.at(`${kind}_key`).mustBe(pending.key)
          expected.at(`${kind}_nonce`).mustBe(pending.nonce)
          pending.accept()
          for (; next <= generation && generation < SENT; next++) {
            const own = sent.next(leaf, kind)
            if (next === generation) expected.at(`${kind}_key`).mustBe(own.key)
            else if (own.generation !== next) throw new Mismatch(expected.where, 'has another generation when sending')
          }
        }
      }
    })
    received.wipe()
    sent.wipe()
  },
}

function checkSenderData(suite: CipherSuite, given: Given): void {
  const secret = given.at('sender_data_secret').bytes()
  const { key, nonce } = senderDataKey(suite, secret, given.at('ciphertext').bytes())
  given.at('key').mustBe(key)
  given.at('nonce').mustBe(nonce)
}
