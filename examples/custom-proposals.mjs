/** A messenger's own proposals and extensions: who supports what is said by each client, and checked by all. Run it after `npm run build`. */
import { Client } from 'copath'

const utf8 = text => new TextEncoder().encode(text)
const text = bytes => new TextDecoder().decode(bytes)

// numbers for private use: a proposal that changes the topic, and an extension in which devices have names
const TOPIC = 0xf001
const DEVICE = 0xf002
const client = (identity, device) =>
  new Client({
    identity,
    capabilities: { proposals: [TOPIC] },
    leafExtensions: [{ extensionType: DEVICE, extensionData: utf8(device) }],
  })
const [alice, bob] = [client('alice', 'phone'), client('bob', 'laptop')]

const atAlice = alice.createGroup()
const { welcome } = atAlice.add(bob.keyPackage())
atAlice.accept()
const atBob = bob.join(welcome)
for (const { credential, extensions } of atBob.members()) {
  console.log(`${text(credential.identity)}: ${text(extensions[0].extensionData)}`)
}

// Bob proposes, Alice commits, and everybody is told
atAlice.process(atBob.propose({ type: 'custom', proposalType: TOPIC, data: utf8('holidays') }))
const { commit } = atAlice.update()
const { changes } = atBob.process(commit)
atAlice.accept()
console.log(`the topic is now ${changes.custom.map(({ data }) => text(data))}`)

// where somebody does not know the type, such a commit is not made
const old = new Client({ identity: 'carol' })
atBob.process(atAlice.add(old.keyPackage()).commit)
atAlice.accept()
try {
  atAlice.commit([{ type: 'custom', proposalType: TOPIC, data: utf8('work') }])
} catch (error) {
  console.log(`${error.code}: ${error.details.rule}`)
}

// what Bob has published and nobody has used yet
bob.keyPackage({ lastResort: true })
bob.withdraw(bob.keyPackage())
console.log(`waiting: ${bob.keyPackages.map(({ lastResort }) => (lastResort ? 'the last resort' : 'another'))}`)
