/** What operations cost, as functions of the number of members: held against counters by the tests, printed where nothing is measured. */
import type { Operation } from './protocol.ts'

/** The actor's multiplications and encryptions, and the most that one other member does. */
export interface Cost {
  /** Multiplications of others' keys. */
  readonly dh: number
  /** Multiplications of the base point. */
  readonly base: number
  readonly aead: number
  /** Packets that the actor makes. */
  readonly packets: number
  readonly receiverDh: number
}

/** What the operations of a protocol cost in a group of so many members. */
export type CostFormulas = Readonly<Partial<Record<Operation | 'first update', (members: number) => Cost>>>

/** Edges from the first leaf to the root of a left-balanced tree. */
export const heightOf = (members: number): number => Math.ceil(Math.log2(members))

const perPair = (n: number): Cost => ({
  // four multiplications make a session, one more turns its ratchet
  dh: 5 * (n - 1),
  base: 2 * (n - 1),
  aead: n - 1,
  packets: n - 1,
  receiverDh: 5,
})

/** By the names of the protocols. Updates of TreeKEM are those of the first member in a tree without blank nodes. */
export const FORMULAS: Readonly<Record<string, CostFormulas>> = {
  TreeKEM: {
    // one encryption for each newcomer, the keys of a path, key pairs of one's own
    create: n => ({ dh: n - 1, base: n - 1 + heightOf(n) + 3, aead: n + 2, packets: 1, receiverDh: 1 }),
    // the tree of a new group is blank but for its founder's path
    'first update': n => ({ dh: n - 1, base: n + heightOf(n), aead: n + 1, packets: 1, receiverDh: 1 }),
    update: n => ({ dh: heightOf(n), base: 2 * heightOf(n) + 1, aead: heightOf(n) + 2, packets: 1, receiverDh: 1 }),
    send: () => ({ dh: 0, base: 0, aead: 2, packets: 1, receiverDh: 0 }),
  },
  ART: {
    create: n => ({ dh: 4 * (n - 1), base: 2 * n - 1, aead: 0, packets: 1, receiverDh: 3 + heightOf(n) }),
    update: n => ({ dh: heightOf(n), base: heightOf(n), aead: 0, packets: 1, receiverDh: heightOf(n) }),
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
  CLIQUES: {
    update: n => ({ dh: n, base: 0, aead: 0, packets: 1, receiverDh: 1 }),
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
  pairwise: {
    create: perPair,
    update: perPair,
    // between turns of the ratchets
    send: n => ({ dh: 0, base: 0, aead: n - 1, packets: n - 1, receiverDh: 0 }),
  },
  'sender keys': {
    create: perPair,
    update: perPair,
    send: () => ({ dh: 0, base: 0, aead: 1, packets: 1, receiverDh: 0 }),
  },
}

/** Bytes of packets to all in a full tree of the given height, group name and framing included. */
export const UPDATE_BYTES: Readonly<Record<string, (members: number) => number>> = {
  TreeKEM: n => 363 + 117 * heightOf(n),
  ART: n => 150 + 32 * heightOf(n) + (heightOf(n) < 2 ? 0 : 1),
}

/** All multiplications of a first agreement of CLIQUES, of all members together. */
export const cliquesAgreement = (members: number): number => (members * (members + 1)) / 2 + members - 1
