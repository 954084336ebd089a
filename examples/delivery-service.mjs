/** A delivery service that holds no secret, checks every handshake message before it passes it on, and lets people in. Run it after `npm run build`. */
import { Client, PublicGroup } from 'copath'

// such a service can only follow handshakes that it can read; application messages stay private
const config = { handshake: 'public' }
const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(identity => new Client({ identity, config }))

const atAlice = alice.createGroup()
const service = PublicGroup.follow({
  suite: alice.suite,
  groupInfo: atAlice.groupInfo(),
  ratchetTree: atAlice.ratchetTree(),
})

/** Takes a commit for the present epoch: the first valid one wins. */
function submit(commit) {
  try {
    const { event, apply } = service.check(commit)
    if (event.kind !== 'commit') return false
    apply()
    return true
  } catch (error) {
    console.log(`refused: ${error.code}`)
    return false
  }
}

// the welcome need not carry the tree of a large group: newcomers get it from the service
const added = atAlice.add(bob.keyPackage(), { ratchetTree: 'omitted' })
if (submit(added.commit)) atAlice.accept()
const atBob = bob.join(added.welcome, { ratchetTree: service.ratchetTree() })
console.log(`the service counts ${service.memberCount} members in epoch ${service.epoch}`)

// a damaged commit goes nowhere. Only the tags at its end are the members' to check: they are made with secrets
const damaged = atBob.update().commit
damaged[damaged.length >> 1] ^= 1
console.log(`a damaged commit is taken: ${submit(damaged)}`)
atBob.reject()

// Carol has no invitation, only what a member has published
const groupInfo = atAlice.groupInfo({ externalPub: true })
const { group: atCarol, commit } = carol.externalJoin(groupInfo, { ratchetTree: service.ratchetTree() })
if (submit(commit)) for (const group of [atAlice, atBob]) group.process(commit)

const { data } = atCarol.process(atAlice.encrypt(new TextEncoder().encode('welcome, Carol')))
console.log(new TextDecoder().decode(data))
