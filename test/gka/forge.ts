/** Hostile packets are made as honest ones are: changed, then signed correctly. */
import { AskeMember, CliquesMember, type GkaParty, type GkaSession } from '../../src/gka/index.ts'
import { type DecodedGreeting, decodeGreeting, encodeGreeting, type GreetingPacket } from '../../src/gka/packet.ts'
import type { Sent, World } from './world.ts'

type Sign = (content: Uint8Array) => Uint8Array
type Change = Partial<GreetingPacket> | ((packet: DecodedGreeting) => Partial<GreetingPacket>)

/** A packet with other content, signed by whoever. */
export function forged(bytes: Uint8Array, change: Change, sign: Sign): Uint8Array {
  const packet = decodeGreeting(bytes, 512)
  const changes = typeof change === 'function' ? change(packet) : change
  return encodeGreeting({ ...packet, ...changes }, sign)
}

/** A packet changed by the member who sends it. */
export function changedBy(session: GkaSession, bytes: Uint8Array, change: Change): Uint8Array {
  return forged(bytes, change, content => session.sign(content))
}

/** A newcomer who follows the protocol with own hands: whatever it sends can be changed first. */
export class Puppet {
  readonly id: string
  readonly cliques: CliquesMember
  readonly aske: AskeMember
  readonly #party: GkaParty

  constructor(world: World, id: string) {
    this.#party = world.party(id)
    this.id = id
    this.cliques = new CliquesMember(world.suite, id)
    this.aske = new AskeMember(world.suite, id)
  }

  /** The answer to an upflow that is for this member; `change` sees it before it is signed. */
  answer(bytes: Uint8Array, change: Change = {}): Sent {
    const packet = decodeGreeting(bytes, 512)
    const lists = this.aske.joinUpflow(packet)
    const up = this.cliques.joinUpflow(packet)
    const answer = {
      ...packet,
      ...lists,
      points: up.points,
      source: this.id,
      destination: up.complete ? undefined : lists.members[lists.nonces.length],
      order: undefined,
      sessionSignature: up.complete ? this.aske.acknowledge(this.#party.identity) : undefined,
    }
    const changes = typeof change === 'function' ? change(answer) : change
    return { from: this.id, bytes: encodeGreeting({ ...answer, ...changes }, content => this.aske.sign(content)) }
  }
}
