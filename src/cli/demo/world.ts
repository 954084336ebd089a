/** A group on one machine: devices that are online one at a time, and what they find in their inbox when they come back. */
import { equalPublic, utf8 } from '../../base/bytes.ts'
import type { RandomSource } from '../../base/random.ts'
import { createProvider } from '../../crypto/default-provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { Group } from '../../mls/group.ts'
import { defaultLifetime } from '../../mls/group-config.ts'
import type { GroupCore } from '../../mls/group-core.ts'
import type { GroupEvent } from '../../mls/group-events.ts'
import { commit } from '../../mls/group-send.ts'
import { type ClientDescription, createKeyPackage, type OwnKeyPackage } from '../../mls/key-package-create.ts'
import type { ProposalRequest } from '../../mls/proposal-request.ts'
import { seededRandom } from '../../mls/study-inputs.ts'
import { Figures } from './figures.ts'

/** The same moment in every run: what is made does not depend on when. */
const NOW = 1_800_000_000n
export const CONFIG = { clock: () => NOW }

export type MessageKind = 'commit' | 'message'

/** Something that waits for everybody. */
export interface Posted {
  readonly kind: MessageKind
  readonly bytes: Uint8Array
  readonly from: Device
}

/** Somebody's device. Without a group it has not joined yet, or never comes online. */
export class Device {
  readonly name: string
  readonly client: ClientDescription
  readonly keyPackage: OwnKeyPackage
  group: Group | undefined
  welcome: Uint8Array | undefined
  /** How much of the inbox it has seen. */
  seen = 0

  constructor(name: string, client: ClientDescription, keyPackage: OwnKeyPackage) {
    this.name = name
    this.client = client
    this.keyPackage = keyPackage
  }

  get isMember(): boolean {
    return this.group?.status === 'active' || (this.group === undefined && this.welcome !== undefined)
  }
}

/** What a device found when it came back. */
export interface CatchUp {
  readonly missed: number
  readonly ms: number
  /** The texts that it could read. */
  readonly read: readonly string[]
}

/** Everything: the devices, what was posted, what it cost. */
export class World {
  readonly suite: CipherSuite
  readonly figures = new Figures()
  readonly posted: Posted[] = []
  readonly #choices: RandomSource

  constructor(seed: string) {
    this.suite = createProvider({ random: seededRandom(seed) }).suite(1)
    this.#choices = seededRandom(`${seed}: choices`)
  }

  /** A number below `limit`. */
  choose(limit: number): number {
    const draw = new Uint8Array(4)
    this.#choices(draw)
    return new DataView(draw.buffer).getUint32(0) % limit
  }

  /** A new device with a key package that it has published. */
  device(name: string): Device {
    const seed = new Uint8Array(this.suite.signature.privateKeyLength)
    this.suite.random(seed)
    const signer = this.suite.signature.signer(seed)
    const client = { signer, credential: { credentialType: 'basic', identity: utf8(name) } } as const
    const { value } = this.figures.measure(
      'make a key package',
      () => createKeyPackage(this.suite, { ...client, lifetime: defaultLifetime(NOW) }),
      ({ encoded }) => encoded.length,
    )
    return new Device(name, client, value)
  }

  /** A device founds the group, and adds all others by one commit. */
  found(founder: Device, others: readonly Device[]): { readonly bytes: number; readonly ms: number } {
    founder.group = Group.create({ ...founder.client, suite: this.suite, config: CONFIG })
    return this.commit(founder, 'found: one commit adds all', others.map(addOf), others)
  }

  /** The first member of a group that stands already lets devices in, and is never seen again. */
  admit(core: GroupCore, devices: readonly Device[]): { readonly bytes: number; readonly ms: number } {
    const { value, ms } = this.figures.measure(
      `commit that adds ${devices.length}`,
      () => {
        const result = commit(core, devices.map(addOf), {})
        core.take(core.pending!.created.transition, { own: true, external: false })
        return result
      },
      result => result.commit.length + result.welcome!.length,
    )
    for (const device of devices) device.welcome = value.welcome!
    core.wipe()
    return { bytes: value.commit.length + value.welcome!.length, ms }
  }

  /** Joins by the Welcome that waits. */
  join(device: Device): number {
    const { value, ms } = this.figures.measure('join by the Welcome', () => this.joined(device))
    device.group = value
    return ms
  }

  /** A group as whoever has the private keys of this device and its Welcome sees it: the device itself, or a thief. */
  joined({ keyPackage, client, welcome }: Device): Group {
    const { suite } = this
    return Group.join({ suite, welcome: welcome!, keyPackages: [keyPackage], signer: client.signer, config: CONFIG })
  }

  /** Brings a device up to date. */
  catchUp(device: Device): CatchUp {
    let ms = device.group === undefined ? this.join(device) : 0
    const read: string[] = []
    let missed = 0
    for (; device.seen < this.posted.length; device.seen++) {
      const { kind, bytes, from } = this.posted[device.seen]!
      if (from === device) continue
      missed++
      const operation = kind === 'commit' ? 'process a commit' : 'read a message'
      const processed = this.figures.measure(operation, () => device.group!.process(bytes))
      ms += processed.ms
      const text = textOf(processed.value)
      if (text !== undefined) read.push(text)
      if (processed.value.kind === 'removed') break
    }
    return { missed, ms, read }
  }

  /** A device commits; whoever is added finds a Welcome. */
  commit(
    device: Device,
    operation: string,
    requests: readonly ProposalRequest[],
    newcomers: readonly Device[] = [],
  ): { readonly bytes: number; readonly ms: number } {
    const group = device.group!
    const { value, ms } = this.figures.measure(
      operation,
      () => {
        const result = group.commit(requests)
        group.accept()
        return result
      },
      ({ commit, welcome }) => commit.length + (welcome?.length ?? 0),
    )
    this.#post(device, 'commit', value.commit)
    for (const newcomer of newcomers) {
      newcomer.welcome = value.welcome!
      newcomer.seen = this.posted.length
    }
    return { bytes: value.commit.length + (value.welcome?.length ?? 0), ms }
  }

  /** A device writes to the group. */
  write(device: Device, text: string): { readonly bytes: number; readonly ms: number } {
    const { value, ms } = this.figures.measure(
      'write a message',
      () => device.group!.encrypt(utf8(text)),
      bytes => bytes.length,
    )
    this.#post(device, 'message', value)
    return { bytes: value.length, ms }
  }

  #post(from: Device, kind: MessageKind, bytes: Uint8Array): void {
    this.posted.push({ kind, bytes, from })
  }
}

/** The text of a message; undefined for other events. */
export function textOf(event: GroupEvent): string | undefined {
  return event.kind === 'message' ? new TextDecoder().decode(event.data) : undefined
}

/** The request that adds a device. */
export function addOf({ keyPackage }: Device): ProposalRequest {
  return { type: 'add', keyPackage: keyPackage.encoded }
}

/** Whether all of these devices are in one epoch and share its secrets. */
export function agree(devices: readonly Device[]): boolean {
  const [first, ...others] = devices.map(({ group }) => group!.epochAuthenticator())
  return others.every(other => equalPublic(other, first!))
}
