/** copath/pairwise: X3DH and Double Ratchet channels, and a group made of them. A baseline for comparison: see docs/baselines.md. */
export { type Outgoing, PairwiseChannels, type PairwiseParty } from './channels.ts'
export { type Addressed, PairwiseGroup, type PairwiseGroupOptions } from './group.ts'
export { PairwiseMember } from './members.ts'
export { type FoundPreKeys, PairwisePreKeys } from './prekeys.ts'
export { createPairwiseSuite, type PairwiseSuite } from './suite.ts'
export type { Identity, OneTimePreKey, PreKeyBundle, SignedPreKey } from './wire.ts'
