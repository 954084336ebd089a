/** copath/gka: CLIQUES, ASKE and both together as mpENC has them, for study and comparison. Not for production: see docs/gka.md. */
export { AskeMember, type AskeOptions, type AskeState, type Directory } from './aske.ts'
export { CHAIN_KIND, type ChainHead, type ChainKind, chained, genesis, packetId } from './chain.ts'
export {
  CliquesMember,
  type CliquesOptions,
  type CliquesState,
  groupKeyOf,
  type IntermediateKeys,
  type Upflow,
} from './cliques.ts'
export type { ContributionKind } from './contributions.ts'
export type { Operation } from './greet-type.ts'
export { DEFAULT_MAX_MEMBERS, type MemberId } from './member-ids.ts'
export { packetFromText, packetToText } from './records.ts'
export { GkaSession, type GreetingOutcome } from './session.ts'
export { historicalSessionId, type SessionLists, sessionId } from './session-id.ts'
export type { GkaOptions, GkaParty } from './subsession.ts'
export { createGkaSuite, type GkaSuite } from './suite.ts'
