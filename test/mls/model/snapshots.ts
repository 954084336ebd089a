/** States taken at any moment and brought back as another group: by a member after a restart, or by a thief. */
import { toHex } from '../../../src/base/bytes.ts'
import type { Group } from '../../../src/mls/group.ts'
import { fingerprint as everything } from '../forge-commit.ts'
import type { Streams } from './streams.ts'

const text = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? `${value}` : value

/** Equal before and after whatever is refused. */
export function fingerprint(group: Group): string {
  return JSON.stringify(everything(group), text)
}

/** A state that a group can be made from, as often as one likes. */
export interface Snapshot {
  restore(): Group
}

interface Deed {
  readonly stream: string
  act(group: Group): unknown
}

/** All that made a group what it is: lived through again with the same randomness, it leads to the same state. */
export class Life {
  readonly #streams: Streams
  readonly #birth: () => Group
  readonly #deeds: Deed[] = []

  constructor(streams: Streams, birth: () => Group) {
    this.#streams = streams
    this.#birth = birth
  }

  /** Something that the group has done. What failed left no trace, so it needs not be done again. */
  add(deed: Deed): void {
    this.#deeds.push(deed)
  }

  snapshot(): Snapshot {
    const deeds = this.#deeds.slice()
    return {
      restore: () => {
        const group = this.#birth()
        for (const { stream, act } of deeds) this.#streams.during(stream, () => act(group))
        return group
      },
    }
  }
}
