/** mpENC section 3.1: a subsession, the time between two operations, in which members and key stay the same. */
import type { Signer } from '../crypto/provider.ts'
import { AskeMember as Aske, type AskeMember, type Directory } from './aske.ts'
import type { ChainHead } from './chain.ts'
import { CliquesMember as Cliques, type CliquesMember, type CliquesOptions } from './cliques.ts'
import type { MemberId } from './member-ids.ts'
import type { Bytes, GkaSuite } from './suite.ts'

/** What all members of a session must have agreed on beforehand, and how this one keeps its contributions. */
export interface GkaOptions extends CliquesOptions {
  /** Members confirm the group's key too. Without it an insider can split the group; with it a refresh takes a round of confirmations. */
  readonly confirmKey?: boolean
}

/** What a member knows besides the session. */
export interface GkaParty {
  readonly suite: GkaSuite
  readonly id: MemberId
  /** Signs with the identity key. It belongs to the application, which wipes it. */
  readonly identity: Signer
  readonly directory: Directory
}

/** One subsession, or the draft of one while its operation runs. */
export interface Subsession {
  readonly cliques: CliquesMember
  readonly aske: AskeMember
  readonly head: ChainHead
}

/** The draft of somebody who is in no session. */
export function newcomer({ suite, id }: GkaParty, options: GkaOptions, head: ChainHead): Subsession {
  return { cliques: new Cliques(suite, id, options), aske: new Aske(suite, id, options), head }
}

/** A copy with secrets of its own. */
export function cloned({ cliques, aske, head }: Subsession): Subsession {
  return { cliques: cliques.clone(), aske: aske.clone(), head }
}

export function wipeSubsession(subsession: Subsession | undefined): void {
  subsession?.cliques.wipe()
  subsession?.aske.wipe()
}

/** What members sign besides the session id where they confirm the group's key. */
export function keyConfirmation({ kdf }: GkaSuite, { cliques, aske }: Subsession): Bytes {
  return kdf.hmac(cliques.groupKey, aske.sid)
}
