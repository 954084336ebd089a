/** What a stolen state is worth, and until when; what a removed member can still read. */
import { EMPTY, equalPublic } from '../../base/bytes.ts'
import { CopathError } from '../../base/errors.ts'
import type { Group } from '../../mls/group.ts'
import { cores } from '../../mls/group-core.ts'
import type { NodeIndex } from '../../tree/math.ts'
import type { History } from './history.ts'
import { addOf, type Device, textOf, type World } from './world.ts'

/** What somebody who should not read could do with one message. */
export interface Attempt {
  readonly what: string
  /** The text, if it could be read. */
  readonly read: string | undefined
  /** Whether a commit could be followed. */
  readonly followed: boolean
  /** The code of the error otherwise. */
  readonly refused: string | undefined
}

/** What happened to a device whose state was copied. */
export interface Theft {
  readonly victim: string
  readonly before: readonly Attempt[]
  /** After a commit of somebody else. */
  readonly between: readonly Attempt[]
  /** After the victim has renewed its keys. */
  readonly after: readonly Attempt[]
  /** How many private keys the thief has, and how many of them are still in the tree. */
  readonly keys: { readonly stolen: number; readonly inUse: number }
  /** What the victim itself read of the last messages. */
  readonly victimReads: number
}

/** What happened to a device that was removed. */
export interface Lockout {
  readonly removed: string
  readonly told: boolean
  readonly attempts: readonly Attempt[]
  /** How many others read the same messages. */
  readonly readers: number
}

/** Lets somebody try everything that has been posted since. */
function tryAll(world: World, group: Group, from: number): Attempt[] {
  return world.posted.slice(from).map(({ kind, bytes, from: sender }) => {
    const what = `${kind} of ${sender.name}`
    try {
      const event = group.process(bytes)
      return { what, read: textOf(event), followed: event.kind === 'commit', refused: undefined }
    } catch (error) {
      if (!(error instanceof CopathError)) throw error
      return { what, read: undefined, followed: false, refused: error.code }
    }
  })
}

/** How many of the private keys of one member's state the tree of another still has public keys for. */
function keysInUse(thief: Group, member: Group): Theft['keys'] {
  const { held } = cores.get(thief)!
  const { store } = cores.get(member)!.tree
  const nodes = [...held.nodes()]
  const isUsed = (node: NodeIndex): boolean =>
    node < 2 * store.leafCount - 1 && equalPublic(store.publicKeyAt(node) ?? EMPTY, held.at(node)!.publicKey)
  return { stolen: nodes.length, inUse: nodes.filter(isUsed).length }
}

/** Whether anything at all could be read or followed. */
export function succeeded(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ read, followed }) => read !== undefined || followed)
}

/**
 * A device joins, and a thief copies all that it has: the private keys, the Welcome, the state. The thief then sees all that is
 * sent, and uses what it has exactly as the device would.
 */
export function steal(world: World, history: History): Theft {
  const [host, other] = history.live as [Device, Device]
  world.catchUp(host)
  const victim = history.newcomer()
  world.commit(host, 'commit an add', [addOf(victim)], [victim])
  world.catchUp(victim)
  const thief = world.joined(victim)
  let seen = world.posted.length
  const next = (): Attempt[] => {
    const attempts = tryAll(world, thief, seen)
    seen = world.posted.length
    return attempts
  }
  world.write(host, 'The meeting is at nine')
  const before = next()
  world.catchUp(other)
  world.commit(other, 'commit an update', [])
  world.write(other, 'Bring the plans')
  const between = next()
  world.catchUp(victim)
  world.commit(victim, 'commit an update', [])
  world.catchUp(host)
  world.write(host, 'The meeting is at ten')
  world.catchUp(other)
  world.write(other, 'Tell nobody')
  const after = next()
  const { read } = world.catchUp(victim)
  const keys = keysInUse(thief, host.group!)
  thief.close()
  return { victim: victim.name, before, between, after, keys, victimReads: read.length }
}

/** A member is removed, and goes on listening. */
export function lockOut(world: World, history: History): Lockout {
  const host = history.live[0]!
  // neither the one who removes nor one that has just played a part
  const [removed] = history.live.splice(2, 1) as [Device]
  world.catchUp(removed)
  world.catchUp(host)
  const from = world.posted.length
  history.remove(host, removed.group!.leaf)
  const { group } = removed
  const told = group!.process(world.posted[from]!.bytes).kind === 'removed'
  removed.seen = world.posted.length
  world.write(host, 'Now that we are among ourselves')
  world.write(host, 'here is the new plan')
  const attempts = tryAll(world, group!, from + 1)
  const reads = history.live.filter(device => device !== host).map(device => world.catchUp(device).read)
  const readers = reads.filter(read => read.includes('here is the new plan')).length
  return { removed: removed.name, told, attempts, readers }
}
