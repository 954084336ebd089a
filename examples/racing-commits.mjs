/** Two members commit at the same moment; the delivery service takes one, and nothing is lost. Run it after `npm run build`. */
import { Client } from 'copath'

const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(identity => new Client({ identity }))

const atAlice = alice.createGroup()
const { welcome } = atAlice.add(bob.keyPackage())
atAlice.accept()
const atBob = bob.join(welcome)

// both make a commit of the same epoch; each is pending until the service has decided
const alices = atAlice.add(carol.keyPackage())
const bobs = atBob.add(dave.keyPackage())
console.log(`both wait: ${atAlice.isPending} ${atBob.isPending}`)

// the service takes Alice's. She sees her own echo, and Bob sees that he has lost
const echo = atAlice.process(alices.commit)
const lost = atBob.process(alices.commit)
console.log(`Alice: own ${echo.own}, epoch ${echo.epoch}; Bob: own ${lost.own}, epoch ${lost.epoch}`)
const atCarol = carol.join(alices.welcome)

// his commit is gone, what he wanted is not: he asks for it again in the new epoch
const again = atBob.commit(lost.proposeAgain)
for (const group of [atAlice, atCarol]) group.process(again.commit)
atBob.accept()
const atDave = dave.join(again.welcome)

// a commit of an epoch that is over is refused, and changes nothing
try {
  atAlice.process(bobs.commit)
} catch (error) {
  console.log(`the late commit: ${error.code}`)
}

const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
const authenticators = [atAlice, atBob, atCarol, atDave].map(group => hex(group.epochAuthenticator()))
console.log(`four members, one epoch: ${new Set(authenticators).size === 1}`)
