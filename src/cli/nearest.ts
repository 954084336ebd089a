/** What somebody may have meant who mistyped a name. */

/** The candidate that is fewest edits away, undefined where none is near. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map(candidate => ({ candidate, distance: distanceOf(typed.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance)
  return best?.candidate
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
function distanceOf(from: string, to: string): number {
  if (from.length > 64) return Number.POSITIVE_INFINITY
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swaps = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swapped = swaps ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY
      row[j] = Math.min(replaced, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1)
    }
    rows.push(row)
  }
  return rows[from.length]![to.length]!
}
