/** mpENC sections 3.3 and 5.2.3: whether the first packet of an operation follows from what this member knows. */
import { equalPublic } from '../base/bytes.ts'
import { BugError, RejectedError } from '../base/errors.ts'
import { type ChainHead, genesis } from './chain.ts'
import type { MemberId } from './member-ids.ts'
import { extendsList, shrinksList } from './membership.ts'
import type { DecodedGreeting, OrderReferences } from './packet.ts'
import type { GkaParty, Subsession } from './subsession.ts'

/** An operation that may begin. `key` is the ephemeral key that must have signed its first packet. */
export type Opening =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'accepted' | 'excluded'; readonly key: Uint8Array | undefined; readonly head: ChainHead }

function orderOf({ order }: DecodedGreeting): OrderReferences {
  if (order === undefined) throw new BugError('broken-invariant')
  return order
}

/** Refuses an upflow that does not come from the one before the one it goes to. */
function checkTurn({ source, destination, members, nonces }: DecodedGreeting, senders: readonly MemberId[]): void {
  if (!senders.includes(source) || destination !== members[nonces.length]) throw new RejectedError('wrong-sender')
}

/** For a member of the session. */
function checkSuccessor(party: GkaParty, current: Subsession, packet: DecodedGreeting): Opening {
  const { operation, source, members } = packet
  const { previousFinal, chainHash } = orderOf(packet)
  const before = current.cliques.members
  if (operation === 'start') throw new RejectedError('unexpected-packet', { operation })
  if (!equalPublic(previousFinal, current.head.last)) throw new RejectedError('stale-operation')
  if (!equalPublic(chainHash, current.head.hash)) throw new RejectedError('chain-mismatch')
  if (!before.includes(source)) throw new RejectedError('unknown-sender')
  const fits = {
    include: extendsList(before, members) && members.length > before.length,
    exclude: shrinksList(before, members) && members.length < before.length && members.includes(source),
    refresh: extendsList(before, members) && members.length === before.length,
  }[operation]
  if (!fits) throw new RejectedError('wrong-member-list', { operation })
  if (operation === 'include') {
    if (packet.nonces.length !== before.length) throw new RejectedError('inconsistent-lengths')
    checkTurn(packet, before)
  }
  const kind = members.includes(party.id) ? 'accepted' : 'excluded'
  return { kind, key: current.aske.keyOf(source), head: current.head }
}

/** For somebody who is in no session. */
function checkInvitation(party: GkaParty, packet: DecodedGreeting): Opening {
  const { operation, members, nonces, keys, source } = packet
  if (!members.includes(party.id)) return { kind: 'ignored' }
  if (operation !== 'start' && operation !== 'include') throw new RejectedError('not-in-session', { operation })
  const { previousFinal, chainHash } = orderOf(packet)
  const present = nonces.length
  if (operation === 'start' && present !== 1) throw new RejectedError('inconsistent-lengths', { nonces: present })
  if (members.indexOf(party.id) < present) throw new RejectedError('wrong-member-list', { operation })
  checkTurn(packet, members.slice(0, present))
  const key = keys[members.indexOf(source)]
  if (operation === 'include') return { kind: 'accepted', key, head: { last: previousFinal, hash: chainHash } }
  const head = genesis(party.suite, previousFinal)
  if (!equalPublic(head.hash, chainHash)) throw new RejectedError('chain-mismatch')
  return { kind: 'accepted', key, head }
}

/** Checks the first packet of an operation, but not its signature. */
export function checkOpening(party: GkaParty, current: Subsession | undefined, packet: DecodedGreeting): Opening {
  return current === undefined ? checkInvitation(party, packet) : checkSuccessor(party, current, packet)
}
