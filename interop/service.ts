/**
 * The service by which the MLS working group's test harness drives implementations: numbers, types and names of its wire
 * protocol, and what we understand by them. The original is interop/proto/mls_client.proto in the repository
 * mlswg/mls-implementations on GitHub. Fields are named here in our spelling; on the wire only their numbers count.
 */
import { bool, bytes, list, type MessageOf, message, one, string, uint32, uint64 } from './protobuf.ts'

const Nothing = message({})
const Extension = message({ type: one(1, uint32), data: one(2, bytes) })
const Psk = message({ id: one(1, bytes), secret: one(2, bytes) })

/** A proposal in words. `kind` says which of the other fields count. */
export const Description = message({
  kind: one(1, bytes),
  keyPackage: one(2, bytes),
  removed: one(3, bytes),
  pskId: one(4, bytes),
  epoch: one(5, uint64),
  extensions: list(6, Extension),
  groupId: one(7, bytes),
  suite: one(8, uint32),
})
export type Description = MessageOf<typeof Description>

const OfState = message({ state: one(1, uint32) })
export const NewKeyPackage = message({
  transaction: one(1, uint32),
  keyPackage: one(2, bytes),
  initKey: one(3, bytes),
  encryptionKey: one(4, bytes),
  signatureKey: one(5, bytes),
})
export type NewKeyPackage = MessageOf<typeof NewKeyPackage>
const Joined = message({ state: one(1, uint32), authenticator: one(2, bytes) })
const Proposed = message({ proposal: one(1, bytes) })
const CommitOrder = message({
  state: one(1, uint32),
  byReference: list(2, bytes),
  byValue: list(3, Description),
  forcePath: one(4, bool),
  treeApart: one(5, bool),
})
const Committed = message({ commit: one(1, bytes), welcome: one(2, bytes), tree: one(3, bytes) })
const ReceivedCommit = message({ state: one(1, uint32), proposals: list(2, bytes), commit: one(3, bytes) })
const Ended = message({ reinit: one(1, uint32), keyPackage: one(2, bytes), authenticator: one(3, bytes) })
const Continued = message({
  state: one(1, uint32),
  welcome: one(2, bytes),
  tree: one(3, bytes),
  authenticator: one(4, bytes),
})

/** The name of the service; it is part of the path of every call. */
export const SERVICE = 'mls_client.MLSClient'

/** What each method takes and gives. */
export const METHODS = {
  Name: { request: Nothing, response: message({ name: one(1, string) }) },
  SupportedCiphersuites: { request: Nothing, response: message({ suites: list(1, uint32) }) },

  CreateGroup: {
    request: message({
      groupId: one(1, bytes),
      suite: one(2, uint32),
      encryptHandshake: one(3, bool),
      identity: one(4, bytes),
    }),
    response: OfState,
  },
  CreateKeyPackage: { request: message({ suite: one(1, uint32), identity: one(2, bytes) }), response: NewKeyPackage },
  JoinGroup: {
    request: message({
      transaction: one(1, uint32),
      welcome: one(2, bytes),
      encryptHandshake: one(3, bool),
      identity: one(4, bytes),
      tree: one(5, bytes),
    }),
    response: Joined,
  },
  ExternalJoin: {
    request: message({
      groupInfo: one(1, bytes),
      tree: one(2, bytes),
      encryptHandshake: one(3, bool),
      identity: one(4, bytes),
      removePrior: one(5, bool),
      psks: list(6, Psk),
    }),
    response: message({ state: one(1, uint32), commit: one(2, bytes), authenticator: one(3, bytes) }),
  },

  GroupInfo: {
    request: message({ state: one(1, uint32), treeApart: one(2, bool) }),
    response: message({ groupInfo: one(1, bytes), tree: one(2, bytes) }),
  },
  StateAuth: { request: OfState, response: message({ authenticator: one(1, bytes) }) },
  Export: {
    request: message({ state: one(1, uint32), label: one(2, string), context: one(3, bytes), length: one(4, uint32) }),
    response: message({ secret: one(1, bytes) }),
  },
  Protect: {
    request: message({ state: one(1, uint32), authenticatedData: one(2, bytes), data: one(3, bytes) }),
    response: message({ message: one(1, bytes) }),
  },
  Unprotect: {
    request: message({ state: one(1, uint32), message: one(2, bytes) }),
    response: message({ authenticatedData: one(1, bytes), data: one(2, bytes) }),
  },
  StorePSK: {
    request: message({ stateOrTransaction: one(1, uint32), id: one(2, bytes), secret: one(3, bytes) }),
    response: Nothing,
  },

  AddProposal: { request: message({ state: one(1, uint32), keyPackage: one(2, bytes) }), response: Proposed },
  UpdateProposal: { request: OfState, response: Proposed },
  RemoveProposal: { request: message({ state: one(1, uint32), removed: one(2, bytes) }), response: Proposed },
  ExternalPSKProposal: { request: message({ state: one(1, uint32), pskId: one(2, bytes) }), response: Proposed },
  ResumptionPSKProposal: { request: message({ state: one(1, uint32), epoch: one(2, uint64) }), response: Proposed },
  GroupContextExtensionsProposal: {
    request: message({ state: one(1, uint32), extensions: list(2, Extension) }),
    response: Proposed,
  },

  Commit: { request: CommitOrder, response: Committed },
  HandleCommit: { request: ReceivedCommit, response: Joined },
  HandlePendingCommit: { request: OfState, response: Joined },

  ReInitProposal: {
    request: message({
      state: one(1, uint32),
      suite: one(2, uint32),
      groupId: one(3, bytes),
      extensions: list(4, Extension),
    }),
    response: Proposed,
  },
  ReInitCommit: { request: CommitOrder, response: Committed },
  HandlePendingReInitCommit: { request: OfState, response: Ended },
  HandleReInitCommit: { request: ReceivedCommit, response: Ended },
  ReInitWelcome: {
    request: message({
      reinit: one(1, uint32),
      keyPackages: list(2, bytes),
      forcePath: one(3, bool),
      treeApart: one(4, bool),
    }),
    response: Continued,
  },
  HandleReInitWelcome: {
    request: message({ reinit: one(1, uint32), welcome: one(2, bytes), tree: one(3, bytes) }),
    response: Joined,
  },

  CreateBranch: {
    request: message({
      state: one(1, uint32),
      groupId: one(2, bytes),
      extensions: list(3, Extension),
      keyPackages: list(4, bytes),
      forcePath: one(5, bool),
      treeApart: one(6, bool),
    }),
    response: Continued,
  },
  HandleBranch: {
    request: message({
      state: one(1, uint32),
      transaction: one(2, uint32),
      welcome: one(3, bytes),
      tree: one(4, bytes),
    }),
    response: Joined,
  },

  NewMemberAddProposal: {
    request: message({ groupInfo: one(1, bytes), identity: one(2, bytes) }),
    response: message({
      transaction: one(1, uint32),
      proposal: one(2, bytes),
      initKey: one(3, bytes),
      encryptionKey: one(4, bytes),
      signatureKey: one(5, bytes),
    }),
  },
  CreateExternalSigner: {
    request: message({ suite: one(1, uint32), identity: one(2, bytes) }),
    response: message({ signer: one(1, uint32), externalSender: one(2, bytes) }),
  },
  AddExternalSigner: { request: message({ state: one(1, uint32), externalSender: one(2, bytes) }), response: Proposed },
  ExternalSignerProposal: {
    request: message({
      signer: one(1, uint32),
      signerIndex: one(2, uint32),
      groupInfo: one(3, bytes),
      tree: one(4, bytes),
      description: one(5, Description),
    }),
    response: Proposed,
  },

  Free: { request: OfState, response: Nothing },
} as const

export type Methods = typeof METHODS
export type MethodName = keyof Methods
export type RequestOf<M extends MethodName> = MessageOf<Methods[M]['request']>
export type ResponseOf<M extends MethodName> = MessageOf<Methods[M]['response']>

/** Something that answers every method. */
export type Handlers = { readonly [M in MethodName]: (request: RequestOf<M>) => Partial<ResponseOf<M>> }
