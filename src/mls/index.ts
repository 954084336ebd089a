/** copath/mls: groups of RFC 9420, for members and for those who only follow. */
export type { Changes, CustomProposal } from './changes.ts'
export type { Credential } from './credential.ts'
export {
  type Extension,
  ExternalSenders,
  findExtension,
  makeExtension,
  RequiredCapabilities,
} from './extension.ts'
export { Group } from './group.ts'
export {
  type AuthenticationService,
  type CommitView,
  defaultLifetime,
  type GroupConfig,
  type GroupPolicy,
  type Identity,
} from './group-config.ts'
export type { GroupStatus } from './group-core.ts'
export type { CommitEvent, GroupEvent, MessageEvent, ProposalEvent, RemovedEvent } from './group-events.ts'
export type { NewGroup } from './group-found.ts'
export type { ExternalJoinRequest, FoundedGroup, JoinRequest, Member } from './group-requests.ts'
export type { CommitOptions, CommitResult, GroupInfoOptions } from './group-send.ts'
export { KeyPackage } from './key-package.ts'
export { checkKeyPackages, type KeyPackageRules } from './key-package-checks.ts'
export {
  type ClientDescription,
  createKeyPackage,
  defaultCapabilities,
  isLastResort,
  type KeyPackageRequest,
  keyPackageRef,
  type OwnKeyPackage,
  wipeKeyPackage,
  withGrease,
} from './key-package-create.ts'
export type { LifetimePolicy } from './leaf-checks.ts'
export type { Capabilities, LeafNode, Lifetime } from './leaf-node.ts'
export { type Addressee, type OutsideSender, proposeFromOutside, proposeToJoin } from './outside.ts'
export { noPadding, type PaddingPolicy, padme, padToMultiple, padToPowerOfTwo } from './padding.ts'
export type { Proposal } from './proposal.ts'
export type { ProposalRequest } from './proposal-request.ts'
export type { PreSharedKeyID } from './psk.ts'
export {
  type CheckedMessage,
  type FollowRequest,
  type LoadFollowerRequest,
  type PublicEvent,
  PublicGroup,
} from './public-group.ts'
export { CredentialType, ExtensionType, ProposalType } from './registries.ts'
export { compactSaved, type LoadRequest } from './saved/group-save.ts'
export type { SavedParts } from './saved/merge.ts'
