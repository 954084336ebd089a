/** What the documents claim about groups of 100,000 and messages of 1 kB, and what the code does. */

import { encode } from '../src/codec/codec.ts'
import {
  Driver,
  FORMULAS,
  heightOf,
  pairwise,
  rotationPackets,
  senderKeys,
  treeKem,
  UPDATE_BYTES,
} from '../src/compare/index.ts'
import { countOperations } from '../src/crypto/counting.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import { preparePath } from '../src/mls/create-path.ts'
import { UpdatePath } from '../src/mls/update-path.ts'
import type { LeafIndex } from '../src/tree/math.ts'
import { TreeFixture } from './fixtures/trees.ts'
import { markdownTable } from './report.ts'

/** One claim and what became of it. */
export interface Claim {
  /** Its row in the list of what the documents say. */
  readonly id: string
  readonly claim: string
  readonly operations: number
  readonly bytes: number | undefined
  readonly how: string
}

const ONE_KILOBYTE = new Uint8Array(1000).fill(1)
const FEW = 16

/** One channel carries as many messages as the group has other members: the work of a sender who has a session with each. */
function pairwiseMessage(members: number): Claim {
  const driver = new Driver(pairwise, { seed: 'claims', provider: defaultProvider() })
  driver.run('sender', { kind: 'create', others: ['receiver'] })
  // from its answer on, packets do not carry prekeys any more
  driver.run('receiver', { kind: 'send', plaintext: ONE_KILOBYTE })
  const { state, provider } = driver.person('sender')
  let bytes = 0
  const { aead } = provider.during(() => {
    for (let i = 1; i < members; i++) bytes += pairwise.send(state, ONE_KILOBYTE).out[0]!.bytes.length
  })
  return { id: 'M43, M46', claim: 'pairwise: a message is O(N)', operations: aead, bytes, how: 'measured' }
}

function treeKemUpdate(members: number): Claim {
  const counting = countOperations(defaultProvider())
  const suite = counting.suite(1)
  const fixture = new TreeFixture(suite, members, 'full')
  const staged = fixture.tree.stage()
  const leaf = 0 as LeafIndex
  const current = staged.leafNode(leaf)!
  let bytes = 0
  const { aead } = counting.during(() => {
    const groupId = new Uint8Array(32)
    const signer = fixture.signerOf(leaf)
    const prepared = preparePath(suite, staged, { leaf, groupId, current, signer, added: new Set() })
    bytes = encode(UpdatePath, prepared.seal(staged, new Uint8Array(0))).length
  })
  return { id: 'M46, M47', claim: 'MLS: a change of keys is O(log N)', operations: aead, bytes, how: 'measured' }
}

/** A message does not depend on the size of the group; what does is the change of keys before it. */
function treeKemMessage(): Claim {
  const driver = new Driver(treeKem, { seed: 'claims', provider: defaultProvider() })
  driver.run('sender', { kind: 'create', others: ['receiver'] })
  const { bytesSent: bytes, packets: operations } = driver.run('sender', { kind: 'send', plaintext: ONE_KILOBYTE })
  return { id: 'M46', claim: 'MLS: a message is one packet', operations, bytes, how: 'measured, of any size' }
}

function senderKeysMessage(): Claim {
  const driver = new Driver(senderKeys, { seed: 'claims', provider: defaultProvider() })
  driver.run('sender', { kind: 'create', others: ['receiver'] })
  driver.run('sender', { kind: 'send', plaintext: ONE_KILOBYTE })
  const { actor, bytesSent } = driver.run('sender', { kind: 'send', plaintext: ONE_KILOBYTE })
  const operations = actor.counts.aead
  return {
    id: 'M44',
    claim: 'sender keys: a message is O(1)',
    operations,
    bytes: bytesSent,
    how: 'measured, of any size',
  }
}

/** Everybody has spoken since: the sender turns the ratchet of each channel, a multiplication of either kind. */
export function turningMessage(members: number): number {
  const driver = new Driver(pairwise, { seed: 'turning', provider: defaultProvider() })
  const everybody = Array.from({ length: members }, (_, i) => `member ${i}`)
  const text = { kind: 'send', plaintext: ONE_KILOBYTE } as const
  driver.run(everybody[0]!, { kind: 'create', others: everybody.slice(1) })
  for (const id of [...everybody, ...everybody.slice(1)]) driver.run(id, text)
  const { dh, base } = driver.run(everybody[0]!, text).actor.counts
  return dh + base
}

/** Somebody is removed, and everybody else speaks once. */
export function packetsOfLeaving(members: number): number {
  const driver = new Driver(senderKeys, { seed: 'leaving', provider: defaultProvider() })
  const everybody = Array.from({ length: members }, (_, i) => `member ${i}`)
  const text = { kind: 'send', plaintext: ONE_KILOBYTE } as const
  driver.run(everybody[0]!, { kind: 'create', others: everybody.slice(1) })
  for (const id of everybody) driver.run(id, text)
  driver.run(everybody[0]!, { kind: 'remove', who: everybody[1]! })
  const left = everybody.filter((_, i) => i !== 1)
  return left.reduce((sum, id) => sum + driver.run(id, text).packets, 0) - left.length
}

/** All of it for one size. */
export function claims(members: number): Claim[] {
  const cost = FORMULAS['ART']!.update!(members)
  return [
    pairwiseMessage(members),
    {
      ...{ id: 'A30', claim: `pairwise: ${FEW} members, 2n multiplications`, bytes: undefined },
      ...{ operations: turningMessage(FEW), how: 'measured; all have spoken since' },
    },
    treeKemMessage(),
    treeKemUpdate(members),
    senderKeysMessage(),
    {
      ...{ id: 'M44', claim: 'sender keys: a first message is O(N)', bytes: undefined },
      ...{ operations: FORMULAS['sender keys']!.update!(members).packets, how: 'formula' },
    },
    {
      ...{ id: 'M45', claim: `sender keys: ${FEW} members, one leaves`, bytes: undefined },
      ...{ operations: packetsOfLeaving(FEW), how: 'measured' },
    },
    {
      ...{ id: 'M45', claim: 'sender keys: one leaves, O(N^2)', bytes: undefined },
      ...{ operations: rotationPackets(members - 1), how: 'formula' },
    },
    {
      ...{ id: 'A02', claim: 'ART: a change of keys is O(log N)', operations: cost.dh + cost.base },
      ...{ bytes: UPDATE_BYTES['ART']!(members), how: `formula; ${heightOf(members)} levels` },
    },
  ]
}

/** The claims as a table. */
export function claimsTable(members: number): string {
  const show = (value: number | undefined): string => (value === undefined ? '-' : value.toLocaleString('en'))
  const rows = claims(members).map(({ id, claim, operations, bytes, how }) => [
    ...[id, claim, show(operations), show(bytes), how],
  ])
  const title = `Claims of the documents, ${show(members)} members and 1,000 bytes of text`
  return `${title}\n\n${markdownTable(['row', 'claim', 'operations or packets', 'bytes', 'how'], rows)}`
}
