/** copath: what a messenger needs. */
export {
  BugError,
  CopathError,
  EnvironmentError,
  type ErrorCode,
  type ErrorDetails,
  RejectedError,
  UsageError,
} from './base/errors.ts'
export type { RandomSource } from './base/random.ts'
export { Client } from './client/client.ts'
export type {
  ClientLoadOptions,
  ClientOptions,
  ExternalJoinOptions,
  JoinOptions,
  PublishOptions,
  WaitingKeyPackage,
} from './client/client-options.ts'
export { createProvider, defaultProvider, describeChoices } from './crypto/default-provider.ts'
export type { ContinuationRequest } from './mls/continuation.ts'
export type { LeafChanges } from './mls/create-path.ts'
export type { Credential } from './mls/credential.ts'
export type { Extension, ExternalSender } from './mls/extension.ts'
export type { Sender } from './mls/framing.ts'
export { Group } from './mls/group.ts'
export type { AuthenticationService, GroupConfig, GroupPolicy, Identity } from './mls/group-config.ts'
export type { GroupStatus } from './mls/group-core.ts'
export type { CommitEvent, GroupEvent, MessageEvent, ProposalEvent, RemovedEvent } from './mls/group-events.ts'
export type { Member } from './mls/group-requests.ts'
export type { CommitOptions, CommitResult } from './mls/group-send.ts'
export type { KeyPackage } from './mls/key-package.ts'
export type { Capabilities, LeafNode, Lifetime } from './mls/leaf-node.ts'
export { noPadding, type PaddingPolicy, padme, padToMultiple, padToPowerOfTwo } from './mls/padding.ts'
export type { CachedProposal } from './mls/proposal-cache.ts'
export { type ProposalRequest, readKeyPackage } from './mls/proposal-request.ts'
export { type FollowRequest, type LoadFollowerRequest, type PublicEvent, PublicGroup } from './mls/public-group.ts'
export { compactSaved, type LoadRequest } from './mls/saved/group-save.ts'
export type { SavedParts } from './mls/saved/merge.ts'
export type { RatchetLimits } from './mls/secret-tree.ts'
