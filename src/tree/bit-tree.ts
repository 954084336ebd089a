/** An unbounded set of small integers that finds its first gap, its last member and the next member in constant time. */

const LEVELS = 7
const FULL = 0xffffffff

/**
 * Words of 32 bits in seven levels. Level 0 holds the members; a bit above says of one word below that it is not empty
 * (`some`) or that it is full (`all`). Seven levels reach beyond 2^31, and whatever was never written reads as zero.
 */
export class BitTree {
  readonly #some: Uint32Array[] = Array.from({ length: LEVELS }, () => new Uint32Array(1))
  readonly #all: Uint32Array[] = Array.from({ length: LEVELS }, (_, k) =>
    k === 0 ? this.#some[0]! : new Uint32Array(1),
  )

  /** One word of a level. */
  protected read(full: boolean, level: number, word: number): number {
    return (full ? this.#all : this.#some)[level]![word] ?? 0
  }

  /** Writes one word of a level. */
  protected write(full: boolean, level: number, word: number, value: number): void {
    const rows = full && level > 0 ? this.#all : this.#some
    let row = rows[level]!
    if (word >= row.length) {
      const grown = new Uint32Array(Math.max(word + 1, 2 * row.length))
      grown.set(row)
      rows[level] = row = grown
      if (level === 0) this.#all[0] = grown
    }
    row[word] = value
  }

  /** Reads through to another set. */
  protected static readFrom(source: BitTree, full: boolean, level: number, word: number): number {
    return source.read(full, level, word)
  }

  /** Bytes allocated. */
  get allocatedBytes(): number {
    let bytes = -this.#all[0]!.byteLength
    for (const row of [...this.#some, ...this.#all]) bytes += row.byteLength
    return bytes
  }

  has(member: number): boolean {
    return ((this.read(false, 0, member >>> 5) >>> (member & 31)) & 1) === 1
  }

  add(member: number): void {
    const word = member >>> 5
    const before = this.read(false, 0, word)
    const after = (before | (1 << (member & 31))) >>> 0
    if (after === before) return
    this.write(false, 0, word, after)
    if (before === 0) this.#raise(false, word)
    if (after === FULL) this.#raise(true, word)
  }

  delete(member: number): void {
    const word = member >>> 5
    const before = this.read(false, 0, word)
    const after = (before & ~(1 << (member & 31))) >>> 0
    if (after === before) return
    this.write(false, 0, word, after)
    if (after === 0) this.#lower(false, word)
    if (before === FULL) this.#lower(true, word)
  }

  /** The smallest integer that is not a member. */
  firstGap(): number {
    let word = 0
    for (let k = LEVELS - 1; k >= 0; k--) {
      const gaps = ~this.read(true, k, word)
      word = word * 32 + (31 - Math.clz32(gaps & -gaps))
    }
    return word
  }

  /** The largest member, or undefined where there is none. */
  last(): number | undefined {
    let word = 0
    for (let k = LEVELS - 1; k >= 0; k--) {
      const members = this.read(false, k, word)
      if (members === 0) return undefined
      word = word * 32 + (31 - Math.clz32(members))
    }
    return word
  }

  /** The smallest member that is not below `from`, or undefined where there is none. */
  next(from: number): number | undefined {
    let word = from >>> 5
    let members = this.read(false, 0, word) & (-1 << (from & 31))
    let k = 0
    while (members === 0) {
      if (++k === LEVELS) return undefined
      const bit = word & 31
      word >>>= 5
      members = bit === 31 ? 0 : this.read(false, k, word) & (-2 << bit)
    }
    for (;;) {
      word = word * 32 + (31 - Math.clz32(members & -members))
      if (k-- === 0) return word
      members = this.read(false, k, word)
    }
  }

  #raise(full: boolean, below: number): void {
    let word = below
    for (let k = 1; k < LEVELS; k++) {
      const bit = 1 << (word & 31)
      word >>>= 5
      const before = this.read(full, k, word)
      const after = (before | bit) >>> 0
      this.write(full, k, word, after)
      if (full ? after !== FULL : before !== 0) return
    }
  }

  #lower(full: boolean, below: number): void {
    let word = below
    for (let k = 1; k < LEVELS; k++) {
      const bit = 1 << (word & 31)
      word >>>= 5
      const before = this.read(full, k, word)
      const after = (before & ~bit) >>> 0
      this.write(full, k, word, after)
      if (full ? before !== FULL : after !== 0) return
    }
  }
}

/** Changes to a set, staged: reads fall through to the base, writes stay here. */
export class StagedBitTree extends BitTree {
  readonly #base: BitTree
  readonly #words = new Map<number, number>()

  constructor(base: BitTree) {
    super()
    this.#base = base
  }

  protected override read(full: boolean, level: number, word: number): number {
    const which = full && level > 0
    return this.#words.get(word * 16 + level * 2 + (which ? 1 : 0)) ?? BitTree.readFrom(this.#base, which, level, word)
  }

  protected override write(full: boolean, level: number, word: number, value: number): void {
    this.#words.set(word * 16 + level * 2 + (full && level > 0 ? 1 : 0), value)
  }
}
