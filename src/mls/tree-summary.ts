/** RFC 9420 section 7.3: what all members of a group support and use, kept as counts so that no check scans the members. */
import { BugError, UsageError } from '../base/errors.ts'
import { ExtensionType, ProposalType } from './registries.ts'

/** What a member can support. */
export type Feature = 'extensions' | 'proposals' | 'credentials'

/** What a summary takes note of in a leaf. */
export interface LeafFeatures {
  readonly credentialType: number
  readonly capabilities: Readonly<Record<Feature, readonly number[]>>
}

/** The RFC itself defines the numbers up to 7; what came later is listed by those who support it. */
function isOfTheRfc(type: number): boolean {
  return type <= 7
}

const DEFAULTS: Readonly<Record<Feature, ReadonlySet<number>>> = {
  extensions: new Set(Object.values(ExtensionType.of).filter(isOfTheRfc)),
  proposals: new Set(Object.values(ProposalType.of).filter(isOfTheRfc)),
  credentials: new Set(),
}

/** Whether every client supports this without saying so (section 7.2). */
export function isDefaultFeature(feature: Feature, type: number): boolean {
  return DEFAULTS[feature].has(type)
}

/** Whether a type is listed so that others stay tolerant of types that they do not know (section 13.5). */
function isGrease(type: number): boolean {
  return type % 0x1010 === 0x0a0a && type < 0xfafa
}

/** Counts, or changes to the counts of a base. */
class Counts {
  readonly #base: Counts | undefined
  readonly #changes = new Map<number, number>()

  constructor(base?: Counts) {
    this.#base = base
  }

  of(type: number): number {
    return (this.#base === undefined ? 0 : this.#base.of(type)) + (this.#changes.get(type) ?? 0)
  }

  change(type: number, by: number): void {
    const now = (this.#changes.get(type) ?? 0) + by
    if (now === 0) this.#changes.delete(type)
    else this.#changes.set(type, now)
  }

  /** Types with a count above zero. */
  types(): Set<number> {
    const types = this.#base === undefined ? new Set<number>() : this.#base.types()
    for (const type of this.#changes.keys()) {
      if (this.of(type) > 0) types.add(type)
      else types.delete(type)
    }
    return types
  }

  merge(): void {
    if (this.#base === undefined) throw new BugError('broken-invariant')
    for (const [type, by] of this.#changes) this.#base.change(type, by)
    this.#changes.clear()
  }
}

// below this a repeated value is found faster by looking than by a set
const SHORT_LIST = 16

function countEach(counts: Counts, types: readonly number[], by: number): void {
  if (types.length <= SHORT_LIST) {
    for (let i = 0; i < types.length; i++) if (types.indexOf(types[i]!) === i) counts.change(types[i]!, by)
  } else for (const type of new Set(types)) counts.change(type, by)
}

/**
 * How many members support each feature and how many use each type of credential.
 *
 * Invariant: the counts are those of the leaves added and not removed. A staged summary reads through to its base and
 * holds differences only: merging costs what was changed, dropping costs nothing.
 */
export class TreeSummary {
  readonly #base: TreeSummary | undefined
  readonly #used: Counts
  readonly #supported: Readonly<Record<Feature, Counts>>
  #members = 0

  constructor(base?: TreeSummary) {
    const below = (feature: Feature): Counts => new Counts(base === undefined ? undefined : base.#supported[feature])
    this.#base = base
    this.#used = new Counts(base === undefined ? undefined : base.#used)
    this.#supported = {
      extensions: below('extensions'),
      proposals: below('proposals'),
      credentials: below('credentials'),
    }
  }

  /** How many leaves are counted. */
  get members(): number {
    return (this.#base?.members ?? 0) + this.#members
  }

  add(leaf: LeafFeatures): void {
    this.#count(leaf, 1)
  }

  /** Takes away a leaf that was added. */
  remove(leaf: LeafFeatures): void {
    if (this.#used.of(leaf.credentialType) < 1) throw new BugError('broken-invariant')
    this.#count(leaf, -1)
  }

  #count({ credentialType, capabilities }: LeafFeatures, by: 1 | -1): void {
    this.#members += by
    this.#used.change(credentialType, by)
    countEach(this.#supported.extensions, capabilities.extensions, by)
    countEach(this.#supported.proposals, capabilities.proposals, by)
    countEach(this.#supported.credentials, capabilities.credentials, by)
  }

  /** Whether every member lists this feature, or no member needs to. copath-mls-13.5-01: nobody supports what is there for GREASE. */
  everyMemberSupports(feature: Feature, type: number): boolean {
    return isDefaultFeature(feature, type) || (!isGrease(type) && this.#supported[feature].of(type) === this.members)
  }

  /** The types of credentials that members have. In a valid tree every member supports each, so they are few. */
  credentialTypesInUse(): ReadonlySet<number> {
    return this.#used.types()
  }

  /** A summary on top of this one, to be merged or forgotten. */
  stage(): TreeSummary {
    return new TreeSummary(this)
  }

  /** Takes the changes into the base and starts over with none. */
  merge(): void {
    if (this.#base === undefined) throw new UsageError('wrong-argument', { expected: 'a staged summary' })
    this.#base.#members += this.#members
    this.#members = 0
    this.#used.merge()
    for (const counts of Object.values(this.#supported)) counts.merge()
  }
}
