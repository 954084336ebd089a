/** Makes the known answers of this repository from the oracle. `node test/gka/own-vectors.ts` (Node 24) prints them. */
import { Exponents, hash, hex, joined, sid, text, vec } from './oracle.ts'

const seed = (...words: readonly (string | number)[]): Uint8Array => hash(text(`copath gka ${words.join(' ')}`))

/** One history of a group: agreement of n, two included by the second, one excluded by the last, a refresh by the first. */
function historyVector(n: number) {
  const group = new Exponents()
  const draws: Record<string, string[]> = {}
  const draw = (name: string): Uint8Array => {
    const key = seed('contribution', n, name, draws[name]?.length ?? 0)
    draws[name] = [...(draws[name] ?? []), hex(key)]
    return key
  }
  const founders = Array.from({ length: n }, (_, i) => `founder ${i}`)
  const upflow = founders.slice(0, -1).map(name => {
    group.contribute(name, draw(name))
    return [...group.points(), group.cardinalPoint()]
  })
  group.contribute(founders[n - 1]!, draw(founders[n - 1]!))
  const started = { upflow, downflow: group.points(), groupKey: group.groupKey() }

  group.contribute(founders[1]!, draw(founders[1]!))
  const upflow1 = [...group.points(), group.cardinalPoint()]
  group.contribute('newcomer 0', draw('newcomer 0'))
  const upflow2 = [...group.points(), group.cardinalPoint()]
  group.contribute('newcomer 1', draw('newcomer 1'))
  const included = { upflow: [upflow1, upflow2], downflow: group.points(), groupKey: group.groupKey() }

  group.drop(founders[0]!)
  group.contribute('newcomer 1', draw('newcomer 1'))
  const excluded = { downflow: group.points(), groupKey: group.groupKey() }

  group.contribute(founders[1]!, draw(founders[1]!))
  const refreshed = { downflow: group.points(), groupKey: group.groupKey() }
  return { n, draws, started, included, excluded, refreshed }
}

function sessionVector(people: readonly string[]) {
  const members = people.map(name => ({ name, nonce: seed('nonce', name), key: seed('key', name) }))
  const id = sid(members)
  return {
    members: members.map(({ name, nonce, key }) => ({ name, nonce: hex(nonce), key: hex(key) })),
    sid: hex(id),
    acknowledged: members.map(({ name, nonce, key }) => hex(joined(text('acksig'), vec(text(name)), key, nonce, id))),
  }
}

function packetVector() {
  const packet = seed('packet')
  const content = joined(vec(text('bob')), vec(joined(vec(text('alice')), vec(text('zoë')))), vec(packet))
  const id = hash(joined(text('mpENC2 packet'), content))
  const before = seed('chain')
  const kinds = { initial: 1, final: 2, both: 3, leave: 4, genesis: 255 }
  const chain = Object.entries(kinds).map(([kind, number]) => ({
    kind,
    hash: hex(hash(joined(text('mpENC2 chain'), before, id, Uint8Array.of(number)))),
  }))
  return {
    sender: 'bob',
    concerned: ['zoë', 'bob', 'alice'],
    packet: hex(packet),
    id: hex(id),
    before: hex(before),
    chain,
  }
}

export function ownVectors() {
  return {
    histories: [2, 3, 4, 7].map(historyVector),
    sessions: [
      ['carol', 'alice', 'bob'],
      ['ab', 'c'],
      ['a', 'bc'],
      ['zoë', 'z', 'é', '\u{1f600}', '\uffff'],
    ].map(sessionVector),
    packet: packetVector(),
  }
}
export type OwnVectors = ReturnType<typeof ownVectors>

declare const process: { argv: string[]; stdout: { write(text: string): void } }
if (process.argv[1]?.endsWith('own-vectors.ts')) {
  process.stdout.write(`${JSON.stringify(ownVectors(), undefined, 1)}\n`)
}
