/** A device that is switched off in the middle of a commit, and comes back from what it has stored. Run it after `npm run build`. */
import { Client, compactSaved } from 'copath'

const [alice, bob] = ['alice', 'bob'].map(identity => new Client({ identity }))
const atAlice = alice.createGroup()
const { welcome } = atAlice.add(bob.keyPackage())
atAlice.accept()
let atBob = bob.join(welcome)

// Bob's disk: first the group, then the client without the key package that is used up
const disk = { group: [atBob.delta()], client: bob.save() }

// he makes a commit and stores it before he sends it; then the battery is empty
atBob.update()
disk.group.push(atBob.delta())
console.log(`stored: ${disk.group.map(bytes => bytes.length).join(' + ')} bytes`)
atBob.close()

// he comes back, and does not know whether the commit was sent: so it is sent now, and the service brings it to everybody
const bobAgain = Client.load(disk.client)
atBob = bobAgain.loadGroup({ deltas: disk.group })
const { commit } = atBob.pendingCommit()
atAlice.process(commit)
const { own, epoch } = atBob.process(commit)
console.log(`his own commit: ${own}, now in epoch ${epoch}`)
disk.group.push(atBob.delta())

const { data } = atBob.process(atAlice.encrypt(new TextEncoder().encode('good to have you back')))
console.log(new TextDecoder().decode(data))
disk.group.push(atBob.delta())

// from time to time all deltas become one snapshot, and older bytes are deleted
const snapshot = compactSaved(atBob.suite, { deltas: disk.group })
console.log(`one snapshot of ${snapshot.length} bytes`)
const same = bobAgain.loadGroup({ snapshot }).save()
console.log(`equal to what was saved: ${same.every((byte, i) => byte === snapshot[i])}`)
