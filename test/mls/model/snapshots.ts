/** What an application stores of a member, as docs/persistence.md tells it to: a snapshot, and a delta after each operation. */
import { equalPublic } from '../../../src/base/bytes.ts'
import type { Group } from '../../../src/mls/group.ts'
import { compactSaved } from '../../../src/mls/saved/group-save.ts'
import type { SavedParts } from '../../../src/mls/saved/merge.ts'
import { insist } from './check.ts'
import { copyMember, type Member, type Message } from './state.ts'

/** Everything of a state, to the byte: equal before and after whatever is refused. */
export function fingerprint(group: Group): string {
  return Buffer.from(group.save()).toString('latin1')
}

/** A snapshot that is written anew; the deltas since the last one; both made into one. */
export const FORMS = ['fresh', 'stored', 'compacted'] as const
export type Form = (typeof FORMS)[number]

/** A state that a group can be loaded from, as often as one likes, and what the model of it is. */
export interface Snapshot {
  readonly parts: SavedParts
  readonly member: Member
  /** What the member had read or written by then. */
  readonly heard: ReadonlySet<Message>
}

/** The store of one membership. */
export class Store {
  #snapshot: Uint8Array | undefined
  #deltas: Uint8Array[] = []
  /** The model of the oldest state that can be loaded from what is there. */
  #oldest: Pick<Snapshot, 'member' | 'heard'> | undefined
  /** After the next operation, the whole state is written before its delta is taken. */
  writesWhole = false
  /** The device dies after the next operation, before anything of it is stored. */
  dies = false

  /** Takes in what an operation has changed, before anything of it is sent. */
  keep(group: Group, member: Member, heard: ReadonlySet<Message>): void {
    if (this.writesWhole) {
      this.writesWhole = false
      this.#begin(group.save(), member, heard)
    }
    this.#deltas.push(group.delta())
    this.#oldest ??= { member: copyMember(member), heard: new Set(heard) }
  }

  /** Writes all that is stored in one of the forms, and deletes what came before it. */
  tidy(form: Form, group: Group, member: Member, heard: ReadonlySet<Message>): void {
    if (form === 'stored') return
    const whole = group.save()
    const compacted = compactSaved(group.suite, this.parts)
    insist(equalPublic(whole, compacted), 'a snapshot and its deltas come to something else than the state')
    this.#begin(form === 'fresh' ? whole : compacted, member, heard)
  }

  #begin(snapshot: Uint8Array, member: Member, heard: ReadonlySet<Message>): void {
    this.#snapshot = snapshot
    this.#deltas = []
    this.#oldest = { member: copyMember(member), heard: new Set(heard) }
  }

  get parts(): SavedParts {
    return { ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot }), deltas: [...this.#deltas] }
  }

  /** What a delta in the middle is missing from, where there is one. */
  get gapped(): SavedParts | undefined {
    const first = this.#snapshot === undefined ? 1 : 0
    if (this.#deltas.length < first + 2) return undefined
    return { ...this.parts, deltas: this.#deltas.toSpliced(first, 1) }
  }

  /** All that somebody has who has the store: the present state, and what is left of earlier ones. */
  snapshots(member: Member, heard: ReadonlySet<Message>): Snapshot[] {
    const present = { parts: this.parts, member: copyMember(member), heard: new Set(heard) }
    const first = this.#snapshot === undefined ? { deltas: this.#deltas.slice(0, 1) } : { snapshot: this.#snapshot }
    const isOlder = this.#deltas.length > (this.#snapshot === undefined ? 1 : 0)
    return isOlder ? [present, { parts: first, ...this.#oldest! }] : [present]
  }
}
