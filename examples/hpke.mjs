/** Encrypts to a device that is offline, and signs: what every group operation is made of. Run it after `npm run build`. */
import { createProvider, describeChoices } from 'copath/crypto'

const provider = createProvider()
const suite = provider.suite(1)

// Bob's device publishes a key and goes offline
const bob = suite.kem.generateKeyPair()
// Alice encrypts to it, and signs what she sends
const alice = suite.signature.signer(crypto.getRandomValues(new Uint8Array(32)))
const message = new TextEncoder().encode('hello, Bob')
const sealed = suite.labels.encryptWithLabel(bob.publicKey, 'greeting', new Uint8Array(0), message)
const signature = suite.labels.signWithLabel(alice, 'greeting', sealed.ciphertext)

// Bob comes back
const genuine = suite.labels.verifyWithLabel(alice.publicKey, 'greeting', sealed.ciphertext, signature)
const opened = suite.labels.decryptWithLabel(bob, 'greeting', new Uint8Array(0), sealed)
console.log(genuine, new TextDecoder().decode(opened))
console.log(describeChoices(provider))
