/** copath/smmp: the synchronous multi-party protocol of 2014, fixed, and as it was for those who attack it. See docs/smmp.md. */
export { type FixedEvent, SmmpGroup } from './group.ts'
export type { HistoricalEvent, HistoricalGroup } from './historical.ts'
export type { RkMode } from './historical-keys.ts'
export { type OrganizerOptions, SmmpOrganizer } from './organizer.ts'
export { type ParticipantOptions, SmmpIdentity, SmmpParticipant } from './participant.ts'
export { createSmmpSuite, type SmmpSuite } from './suite.ts'
