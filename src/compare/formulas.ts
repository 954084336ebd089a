/** What operations cost, as functions of the number of members: held against counters by the tests, printed where nothing is measured. */
import type { Operation } from './protocol.ts'

/** The actor's multiplications and encryptions, and the most that one other member does. */
export interface Cost {
  /** Multiplications of others' keys. */
  readonly dh: number
  /** Multiplications of the base point. */
  readonly base: number
  readonly aead: number
  /** Packets that are made, by all together. */
  readonly packets: number
  readonly receiverDh: number
}

/** `first ...`: in a group whose members have not been online yet, which makes a difference to TreeKEM. */
export type CountedOperation = Operation | 'first update' | 'first add' | 'first remove'

/** By the number of members: those who are there before an addition, and those who stay after a removal. */
export type CostFormulas = Readonly<Partial<Record<CountedOperation, (members: number) => Cost>>>

/** Edges from the first leaf to the root of a left-balanced tree. */
export const heightOf = (members: number): number => Math.ceil(Math.log2(members))

/** Edges from a leaf to the root, where it comes after `members` others: one for each bit that is set. */
export function lastDepthOf(members: number): number {
  let bits = 0
  for (let rest = members; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  return bits
}

const isFull = (members: number): boolean => lastDepthOf(members) === 1

const perPair = (n: number): Cost => ({
  // four multiplications make a session, one more turns its ratchet
  dh: 5 * (n - 1),
  base: 2 * (n - 1),
  aead: n - 1,
  packets: n - 1,
  receiverDh: 5,
})

/** The list of names goes to all at once. */
const founded = (n: number): Cost => ({ ...perPair(n), packets: n })

/** Notices of who comes and who goes, between turns of the ratchets, and a session with whoever comes. */
const byNotices = {
  add: (n: number): Cost => ({ dh: 5, base: 2, aead: n, packets: n, receiverDh: 5 }),
  remove: (n: number): Cost => ({ dh: 0, base: 0, aead: n, packets: n, receiverDh: 0 }),
}

/** An agreement of SMMP; its actor is the organizer and takes part. `told`: who else hears of it, by one multiplication at either end. */
const smmpSetup = (n: number, told = n - 1): Cost => ({
  dh: told + 4 * n + 4 + 3 * (n - 1),
  base: 4,
  aead: 2 * (n - 1),
  packets: 5 * n - 1,
  receiverDh: 1 + 4 + 3 * (n - 1),
})

const historicalSetup = (n: number, told = n - 1): Cost => ({
  dh: told + 4 * n + 4,
  base: 4,
  aead: 0,
  packets: 4 * n - 2,
  receiverDh: 1 + 4,
})

/**
 * By the names of the protocols. Whoever is added gets the next leaf of a tree, and whoever is removed has the last. Changes of TreeKEM are
 * those of the first member in a tree without blank nodes.
 */
export const FORMULAS: Readonly<Record<string, CostFormulas>> = {
  TreeKEM: {
    // one encryption for each newcomer, the keys of a path, key pairs of one's own
    create: n => ({ dh: n - 1, base: n - 1 + heightOf(n) + 3, aead: n + 2, packets: 1, receiverDh: 1 }),
    // the tree of a new group is blank but for its founder's path
    'first update': n => ({ dh: n - 1, base: n + heightOf(n), aead: n + 1, packets: 1, receiverDh: 1 }),
    'first add': n => ({ dh: n, base: n + 1 + heightOf(n + 1), aead: n + 3, packets: 2, receiverDh: 1 }),
    'first remove': n => ({ dh: n - 1, base: n + heightOf(n), aead: n + 1, packets: 1, receiverDh: 1 }),
    update: n => ({ dh: heightOf(n), base: 2 * heightOf(n) + 1, aead: heightOf(n) + 2, packets: 1, receiverDh: 1 }),
    // a path over one leaf more, whose owner gets a Welcome instead of a path secret
    add(n) {
      const dh = heightOf(n) + 1
      return { dh, base: dh + heightOf(n + 1) + 1, aead: dh + 3, packets: 2, receiverDh: 1 }
    },
    remove: n => ({ dh: heightOf(n), base: 2 * heightOf(n) + 1, aead: heightOf(n) + 2, packets: 1, receiverDh: 1 }),
    send: () => ({ dh: 0, base: 0, aead: 2, packets: 1, receiverDh: 0 }),
  },
  ART: {
    create: n => ({ dh: 4 * (n - 1), base: 2 * n - 1, aead: 0, packets: 1, receiverDh: 3 + heightOf(n) }),
    update: n => ({ dh: heightOf(n), base: heightOf(n), aead: 0, packets: 1, receiverDh: heightOf(n) }),
    // the exchange with the newcomer, and a path; the root of a full tree gets a public key
    add(n) {
      const dh = 3 + lastDepthOf(n)
      return { dh, base: 1 + lastDepthOf(n) + (isFull(n) ? 1 : 0), aead: 1, packets: 2, receiverDh: dh }
    },
    remove: n => ({ dh: lastDepthOf(n), base: lastDepthOf(n), aead: 0, packets: 1, receiverDh: lastDepthOf(n) }),
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
  CLIQUES: {
    // the first of the chain has the least to do, the last the most
    create: n => ({ dh: 1, base: 1, aead: 0, packets: 2 * n - 1, receiverDh: n === 2 ? 1 : n }),
    update: n => ({ dh: n, base: 0, aead: 0, packets: 1, receiverDh: 1 }),
    add: n => ({ dh: n + 1, base: 0, aead: 0, packets: n + 2, receiverDh: n + 1 }),
    remove: n => ({ dh: n, base: 0, aead: 0, packets: n, receiverDh: 1 }),
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
  pairwise: {
    create: founded,
    update: perPair,
    ...byNotices,
    // between turns of the ratchets
    send: n => ({ dh: 0, base: 0, aead: n - 1, packets: n - 1, receiverDh: 0 }),
  },
  'sender keys': {
    create: founded,
    update: perPair,
    ...byNotices,
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
  SMMP: {
    create: n => smmpSetup(n),
    update: n => smmpSetup(n),
    add: n => smmpSetup(n + 1),
    remove: n => smmpSetup(n, n),
    send: n => ({ dh: n - 1, base: 1, aead: n, packets: 1, receiverDh: 1 }),
  },
  'SMMP of 2014': {
    create: n => historicalSetup(n),
    update: n => historicalSetup(n),
    add: n => historicalSetup(n + 1),
    remove: n => historicalSetup(n, n),
    send: n => ({ dh: n, base: 1, aead: 2 * (n - 1), packets: n - 1, receiverDh: 2 }),
  },
}

/** Bytes of packets to all in a full tree of the given height, group name and framing included. */
export const UPDATE_BYTES: Readonly<Record<string, (members: number) => number>> = {
  TreeKEM: n => 363 + 117 * heightOf(n),
  ART: n => 150 + 32 * heightOf(n) + (heightOf(n) < 2 ? 0 : 1),
}

/** All multiplications of a first agreement of CLIQUES, of all members together. */
export const cliquesAgreement = (members: number): number => (members * (members + 1)) / 2 + members - 1

/** Packets of a removal with sender keys that all who stay send together until everybody has everybody's new key. */
export const rotationPackets = (members: number): number => members * (members - 1)
