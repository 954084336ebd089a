/** copath/compare: every group-key protocol behind one interface, on a network that can be replayed. For research: see docs/compare.md. */
export { type ArtClient, art } from './adapters/art.ts'
export { type CliquesClient, cliques } from './adapters/cliques.ts'
export { type PairwiseClient, pairwise } from './adapters/pairwise.ts'
export { type SenderKeysClient, senderKeys } from './adapters/sender-keys.ts'
export { historicalSmmp, type SmmpClient, smmp } from './adapters/smmp.ts'
export { type TreeKemState, treeKem } from './adapters/treekem.ts'
export { type Action, Driver, type DriverOptions } from './driver.ts'
export {
  type Cost,
  type CostFormulas,
  type CountedOperation,
  cliquesAgreement,
  FORMULAS,
  heightOf,
  lastDepthOf,
  rotationPackets,
  UPDATE_BYTES,
} from './formulas.ts'
export type { OperationReport, SharedWork, Work } from './metrics.ts'
export {
  type Carried,
  type NetworkParts,
  type NetworkPolicy,
  PERFECT,
  RETRY,
  type Traffic,
  VirtualNetwork,
} from './network.ts'
export { OrderingService, type Submission } from './ordering.ts'
export { type Note, Person } from './person.ts'
export {
  type Environment,
  type GroupEvent,
  type GroupProtocol,
  type MemberId,
  NEW_EPOCH,
  NOTHING,
  type Operation,
  type Ordering,
  type Packet,
  REMOVED,
  readFrom,
  type Step,
  type Storage,
  type Traits,
  toAll,
} from './protocol.ts'
export { Draws, seededRandom } from './random.ts'
export { type Happening, Transcript, type TranscriptEntry } from './transcript.ts'
export {
  MONTH_BYTES,
  messagesWithin,
  PUBLISHED,
  runWorkload,
  WORKLOAD_SIZES,
  type WorkloadOptions,
  type WorkloadReport,
} from './workload.ts'
