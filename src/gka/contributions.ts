/** mpENC section 5.2.1, Updating Private Key Contributions: what one member has put into the group's secret. */
import { copyOf } from '../base/bytes.ts'
import { randomBytes } from '../base/random.ts'
import { wipe } from '../base/secret.ts'
import { BASE_POINT, multiply } from './points.ts'
import { type Bytes, type GkaSuite, KEY } from './suite.ts'

/**
 * `list` keeps every contribution, as the document does: whoever learns the list computes every earlier secret of the group since its
 * owner joined. `condensed` keeps their product alone, which opens only what follows the owner's own last renewal.
 */
export type ContributionKind = 'list' | 'condensed'

/** The contributions of one member. Secret: the owner wipes them. */
export class Contributions {
  readonly kind: ContributionKind
  readonly #suite: GkaSuite
  #keys: Bytes[]

  constructor(suite: GkaSuite, kind: ContributionKind, keys: readonly Uint8Array[] = []) {
    this.#suite = suite
    this.kind = kind
    this.#keys = keys.map(key => copyOf(key))
  }

  /** How many multiplications it takes to apply them. */
  get count(): number {
    return this.#keys.length
  }

  /** The secrets themselves, for storage. */
  get keys(): readonly Uint8Array[] {
    return this.#keys
  }

  /** Adds a fresh contribution and calls `use` with it; it is kept where `use` returns. */
  renewed<T>(use: (fresh: Bytes, all: Contributions) => T): { readonly all: Contributions; readonly result: T } {
    const fresh = randomBytes(this.#suite.random, KEY)
    const all = new Contributions(this.#suite, this.kind, this.#keys)
    try {
      all.#add(fresh)
      return { all, result: use(fresh, all) }
    } catch (error) {
      all.wipe()
      throw error
    } finally {
      wipe(fresh)
    }
  }

  #add(key: Bytes): void {
    const [product] = this.#keys
    if (this.kind === 'list' || product === undefined) {
      this.#keys.push(copyOf(key))
      return
    }
    this.#keys = [this.#suite.composition.product(product, key)]
    wipe(product)
  }

  /** The point multiplied by all of them. Secret where it is the group's. */
  apply(point: Uint8Array = BASE_POINT): Bytes {
    const [first, ...rest] = this.#keys
    let result = first === undefined ? copyOf(point) : multiply(this.#suite, first, point)
    try {
      for (const key of rest) {
        const next = this.#suite.dh.shared(key, result)
        wipe(result)
        result = next
      }
      return result
    } catch (error) {
      wipe(result)
      throw error
    }
  }

  clone(): Contributions {
    return new Contributions(this.#suite, this.kind, this.#keys)
  }

  wipe(): void {
    wipe(...this.#keys)
    this.#keys = []
  }
}
