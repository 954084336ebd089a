/** Days in the life of a group: devices come online one at a time, read what they missed, and do something. */
import type { LeafIndex } from '../../tree/math.ts'
import { addOf, type Device, type World } from './world.ts'

/** What a device does when it is online. */
export type Deed = 'writes' | 'updates' | 'adds' | 'removes'

/** One turn. */
export interface Turn {
  readonly who: string
  readonly missed: number
  readonly catchUpMs: number
  readonly deed: Deed
  /** Whom it adds or removes. */
  readonly whom: string
  readonly bytes: number
  readonly ms: number
}

// of a hundred turns
const WEIGHTS: readonly (readonly [Deed, number])[] = [
  ['writes', 50],
  ['updates', 26],
  ['adds', 12],
  ['removes', 12],
]
/** Devices that come online are not removed below this number: somebody has to be there for what follows. */
const FEWEST = 4

function chooseDeed(world: World): Deed {
  let draw = world.choose(100)
  for (const [deed, weight] of WEIGHTS) {
    if (draw < weight) return deed
    draw -= weight
  }
  return 'writes'
}

/** A group in which some devices come online and all others never do. */
export class History {
  readonly #world: World
  /** The devices that come online. */
  readonly live: Device[]
  /** Names of those removed. */
  readonly gone: string[] = []
  #newcomers = 0

  constructor(world: World, live: readonly Device[]) {
    this.#world = world
    this.live = [...live]
  }

  /** One device comes online. */
  turn(): Turn {
    const world = this.#world
    const device = this.live[world.choose(this.live.length)]!
    const { missed, ms: catchUpMs } = world.catchUp(device)
    const wanted = chooseDeed(world)
    const victim = wanted === 'removes' ? this.#victim(device) : undefined
    const deed = wanted === 'removes' && victim === undefined ? 'updates' : wanted
    return { who: device.name, missed, catchUpMs, deed, ...this.#do(device, deed, victim) }
  }

  #do(device: Device, deed: Deed, victim: LeafIndex | undefined): Pick<Turn, 'whom' | 'bytes' | 'ms'> {
    const world = this.#world
    if (deed === 'writes') return { whom: '', ...world.write(device, `Greetings from ${device.name}`) }
    if (deed === 'updates') return { whom: '', ...world.commit(device, 'commit an update', []) }
    if (deed === 'adds') {
      const newcomer = this.newcomer()
      return { whom: newcomer.name, ...world.commit(device, 'commit an add', [addOf(newcomer)], [newcomer]) }
    }
    return { whom: this.#forget(device, victim!), ...this.remove(device, victim!) }
  }

  /** A device that will come online once it is added. */
  newcomer(): Device {
    const newcomer = this.#world.device(`new-${++this.#newcomers}`)
    this.live.push(newcomer)
    return newcomer
  }

  /** Removes whoever is at a leaf. */
  remove(device: Device, leaf: LeafIndex): { readonly bytes: number; readonly ms: number } {
    return this.#world.commit(device, 'commit a removal', [{ type: 'remove', leaf }])
  }

  /** A member that is not needed: anybody but oneself, at random. */
  #victim(device: Device): LeafIndex | undefined {
    const group = device.group!
    if (group.memberCount <= FEWEST) return undefined
    for (let attempts = 0; attempts < 20; attempts++) {
      const leaf = this.#world.choose(group.memberCount)
      const member = group.member(leaf)
      if (member === undefined || leaf === group.leaf) continue
      const isLive = this.live.some(({ name }) => name === nameOf(member.credential))
      if (!isLive || this.live.length > FEWEST) return member.leaf
    }
    return undefined
  }

  /** Takes whoever is removed out of those that come online, and returns the name. */
  #forget(device: Device, leaf: LeafIndex): string {
    const name = nameOf(device.group!.member(leaf)!.credential)
    this.gone.push(name)
    const at = this.live.findIndex(other => other.name === name)
    if (at >= 0) this.live.splice(at, 1)
    return name
  }

  /** Everybody comes online once. */
  allCatchUp(): void {
    for (const device of this.live) this.#world.catchUp(device)
  }
}

function nameOf(credential: { readonly credentialType: string; readonly identity?: Uint8Array }): string {
  return new TextDecoder().decode(credential.identity)
}
