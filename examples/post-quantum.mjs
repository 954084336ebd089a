/** A group with a hybrid post-quantum cipher suite: X-Wing, which is X25519 and ML-KEM-768 together. Run it after `npm run build`. */
import { Client, createProvider } from 'copath'
import { postQuantum } from 'copath/crypto/post-quantum'

const provider = createProvider({ extra: [postQuantum()] })
const [alice, bob] = ['alice', 'bob'].map(identity => new Client({ identity, suite: 77, provider }))

const atAlice = alice.createGroup()
const { commit, welcome } = atAlice.add(bob.keyPackage())
atAlice.accept()
const atBob = bob.join(welcome)
console.log(`${alice.suite.name}: a commit of ${commit.length} bytes, a Welcome of ${welcome.length}`)

// what both know and nobody else: for a call's media keys, say
const key = atAlice.exportSecret('call', new Uint8Array(0), 32)
const same = atBob.exportSecret('call', new Uint8Array(0), 32)
console.log(`one key for the call: ${key.every((byte, i) => byte === same[i])}`)
