/** What a demonstration measures: how often, how long, how many bytes. */

/** What came of one kind of operation. */
export interface Figure {
  readonly operation: string
  readonly times: number
  readonly medianMs: number
  /** The median, where something went over the wire. */
  readonly bytes?: number
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Collects figures by operation, in the order in which operations first happen. */
export class Figures {
  readonly #rows = new Map<string, { ms: number[]; bytes: number[] }>()
  #wire = 0

  /** Bytes that went over the wire in all. */
  get wire(): number {
    return this.#wire
  }

  /** Runs `body` and notes how long it took. What it makes for the wire, if that is known by then, is `bytesOf`. */
  measure<T>(
    operation: string,
    body: () => T,
    bytesOf?: (value: T) => number,
  ): { readonly value: T; readonly ms: number } {
    const start = performance.now()
    const value = body()
    const ms = performance.now() - start
    const row = this.#rows.get(operation) ?? { ms: [], bytes: [] }
    this.#rows.set(operation, row)
    row.ms.push(ms)
    if (bytesOf !== undefined) {
      const bytes = bytesOf(value)
      row.bytes.push(bytes)
      this.#wire += bytes
    }
    return { value, ms }
  }

  list(): Figure[] {
    return [...this.#rows].map(([operation, { ms, bytes }]) => ({
      operation,
      times: ms.length,
      medianMs: median(ms),
      ...(bytes.length === 0 ? {} : { bytes: median(bytes) }),
    }))
  }
}
