/** How costs grow with the group: the exponent e of cost ~ n^e. */
import type { Result } from './harness.ts'

export interface Growth {
  readonly scenario: string
  readonly operation: string
  readonly subject: string
  /** Of the time; undefined where none was taken. */
  readonly time: number | undefined
  /** Of the bytes. */
  readonly bytes: number | undefined
  readonly sizes: readonly number[]
}

/** The slope of log value over log members: 1 where the cost is linear, 0 where it is constant. */
export function exponent(points: readonly { readonly members: number; readonly value: number }[]): number | undefined {
  const [x, y] = [points.map(p => Math.log(p.members)), points.map(p => Math.log(p.value))]
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const width = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
  if (points.length < 2 || width === 0 || !y.every(Number.isFinite)) return undefined
  return x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i]! - my), 0) / width
}

/** What was measured at two sizes or more, fitted. */
export function growthOf(results: readonly Result[]): Growth[] {
  const keyOf = ({ scenario, operation, subject }: Result): string => JSON.stringify([scenario, operation, subject])
  const rows = new Map<string, Result[]>()
  for (const result of results) rows.set(keyOf(result), [...(rows.get(keyOf(result)) ?? []), result])
  return [...rows.values()].flatMap(group => {
    const sizes = [...new Set(group.map(({ members }) => members))].sort((a, b) => a - b)
    if (sizes.length < 2) return []
    const { scenario, operation, subject } = group[0]!
    const slope = (amountOf: (result: Result) => number | undefined): number | undefined =>
      exponent(
        group.flatMap(result => {
          const value = amountOf(result)
          return value !== undefined && value > 0 ? [{ members: result.members, value }] : []
        }),
      )
    return [{ scenario, operation, subject, time: slope(r => r.medianMs), bytes: slope(r => r.bytes), sizes }]
  })
}
