/** copath/sender-keys: one encryption per message under keys that pairwise channels carry. A baseline for comparison: see docs/baselines.md. */
export type { PairChannels } from './channels.ts'
export { type Addressed, SenderKeyGroup, type SenderKeyGroupOptions } from './group.ts'
export { createSenderKeysSuite, type SenderKeysSuite } from './suite.ts'
