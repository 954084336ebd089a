/** What was done in runs of the model. */

/** Counts what has been done, for reports and to see that all of it was done. */
export class Tally {
  readonly counts = new Map<string, number>()

  add(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times)
  }

  addAll({ counts }: Tally): void {
    for (const [what, times] of counts) this.add(what, times)
  }

  /** How often anything of these kinds happened. */
  total(...kinds: readonly string[]): number {
    let sum = 0
    for (const [name, count] of this.counts) if (kinds.includes(name.replace(/:.*/, ''))) sum += count
    return sum
  }
}
