/** What others take as a multiple of ours, from the same run: bars from the middle, to the right where ours is faster. */
import type { Canvas, Picture } from './canvas.ts'
import { lookOf } from './palette.ts'
import { OURS, type RecordedResult } from './recorded.ts'
import { shorten, showMembers, showRatio, showTime } from './text.ts'

export interface Ratio {
  readonly operation: string
  readonly members: number
  readonly subject: string
  readonly ours: number
  readonly theirs: number
  readonly ratio: number
}

/** Each subject at the largest size that it and ours were both measured at, once an operation. */
export function ratiosOf(results: readonly RecordedResult[]): Ratio[] {
  const timed = results.filter(r => r.medianMs > 0)
  const best = new Map<string, Ratio>()
  for (const theirs of timed) {
    if (theirs.subject === OURS) continue
    const ours = timed.find(r => r.subject === OURS && r.operation === theirs.operation && r.members === theirs.members)
    const key = JSON.stringify([theirs.operation, theirs.subject])
    const known = best.get(key)
    if (ours === undefined || (known !== undefined && known.members >= theirs.members)) continue
    const { operation, members, subject } = theirs
    const ratio = theirs.medianMs / ours.medianMs
    best.set(key, { operation, members, subject, ours: ours.medianMs, theirs: theirs.medianMs, ratio })
  }
  // an operation's rows stay together, in the order in which they were measured
  const all = [...best.values()]
  return [...new Set(all.map(r => r.operation))].flatMap(operation => all.filter(r => r.operation === operation))
}

export interface RatioOptions {
  readonly title: string
  readonly ratios: readonly Ratio[]
  readonly subjects: readonly string[]
  /** Whether "members" means the size of a group and is worth saying. */
  readonly inGroups: boolean
  /** The same at a smaller size, marked on the bars. */
  readonly smaller?: readonly Ratio[]
  readonly width?: number
}

const ROW = 19
const LETTER = 7.8
const SMALLER_SIGN = '◆'
const LONGEST_NAME = 17

type Row = { readonly y: number } & ({ readonly heading: string; readonly time: string } | Ratio)

/** What was measured, and where it matters in a group of what size. */
function headingOf({ operation, members }: Ratio, { inGroups, width }: { inGroups: boolean; width: number }): string {
  const size = inGroups ? `, ${showMembers(members)} members` : ''
  return `${shorten(operation, Math.floor(width / LETTER) - size.length)}${size}`
}

function rowsOf(ratios: readonly Ratio[], options: { inGroups: boolean; width: number }): Row[] {
  const rows: Row[] = []
  let last: string | undefined
  for (const ratio of ratios) {
    const heading = headingOf(ratio, options)
    if (heading !== last) rows.push({ y: rows.length, heading, time: `${OURS} ${showTime(ratio.ours)}` })
    last = heading
    rows.push({ y: rows.length, ...ratio })
  }
  return rows
}

export function drawRatios(
  canvas: Canvas,
  { title, ratios, subjects, inGroups, smaller = [], width = 360 }: RatioOptions,
): Picture {
  const { Plot } = canvas
  const rows = rowsOf(ratios, { inGroups, width })
  const smallerOf = ({ operation, subject }: Ratio): number | undefined =>
    smaller.find(other => other.operation === operation && other.subject === subject)?.ratio
  const headings = rows.filter(row => 'heading' in row)
  const bars = rows.filter(row => 'ratio' in row)
  const values = [...bars, ...smaller].map(({ ratio }) => ratio)
  const domain = [Math.min(0.8, ...values), Math.max(1.25, ...values)]
  const longest = Math.max(...bars.map(bar => showRatio(bar.ratio).length))
  const [marginLeft, marginRight] = [122, 14 + Math.ceil(6.9 * longest)]
  const ends = { textAnchor: 'start', fill: 'var(--ink)', y: 'y' } as const
  return canvas.draw(
    {
      ...{ width, height: ROW * rows.length + 34, marginLeft, marginRight, marginTop: 24, marginBottom: 8 },
      style: { fontSize: '12px' },
      x: { type: 'log', domain, axis: null },
      y: { type: 'band', domain: rows.map(row => row.y), axis: null, padding: 0.28 },
      marks: [
        Plot.text([`slower than ${OURS}, logarithmic →`], {
          frameAnchor: 'top-right',
          dy: -16,
          dx: marginRight - 8,
          fill: 'var(--quiet)',
        }),
        ...(smaller.length === 0
          ? []
          : [
              Plot.text([`${SMALLER_SIGN} at ${showMembers(smaller[0]!.members)} members`], {
                ...{ frameAnchor: 'top-left', dy: -16, dx: 8 - marginLeft, textAnchor: 'start', fill: 'var(--ink)' },
              }),
            ]),
        Plot.text(headings, {
          x: domain[0]!,
          y: 'y',
          text: 'heading',
          dx: 8 - marginLeft,
          textAnchor: 'start',
          fontWeight: 600,
          fill: 'var(--ink)',
        }),
        ...bars.flatMap(bar => {
          const { color } = lookOf(bar.subject, subjects)
          const before = smallerOf(bar)
          const end = Math.max(1, bar.ratio, before ?? 1)
          return [
            Plot.barX([bar], { x1: 1, x2: 'ratio', y: 'y', fill: color }),
            Plot.text([bar], {
              ...ends,
              x: end,
              // clear of a mark that stands at the end of the bar
              dx: before !== undefined && before > 0.75 * end ? 11 : 5,
              text: () => showRatio(bar.ratio),
            }),
            ...(before === undefined
              ? []
              : [
                  Plot.dot([bar], {
                    x: before,
                    y: 'y',
                    symbol: 'diamond',
                    r: 4,
                    fill: 'var(--ink)',
                    stroke: 'var(--paper)',
                  }),
                ]),
            Plot.text([bar], {
              x: domain[0]!,
              y: 'y',
              text: () => shorten(bar.subject, LONGEST_NAME),
              dx: 8 - marginLeft,
              textAnchor: 'start',
              fill: 'var(--quiet)',
            }),
          ]
        }),
        Plot.tickX(bars, { x: 1, y: 'y', insetTop: -3, insetBottom: -3, stroke: 'var(--ink)' }),
      ],
    },
    { title, description: `${[...bars, ...smaller].map(tellRatio).join('. ')}.` },
  )
}

function tellRatio({ operation, subject, members, theirs, ours, ratio }: Ratio): string {
  return `${operation}, ${showMembers(members)}: ${subject} ${showTime(theirs)}, ${OURS} ${showTime(ours)}, ${showRatio(ratio)}`
}
