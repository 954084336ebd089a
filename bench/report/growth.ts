/** How time or bytes grow with the group: both axes logarithmic, a line for each subject, the exponent of ours fitted. */
import type { Canvas, Mark, Picture } from './canvas.ts'
import { legendOf } from './legend.ts'
import { lookOf } from './palette.ts'
import { OURS } from './recorded.ts'
import { shortMembers, showBytes, showDecade, showMembers, showTime } from './text.ts'

export interface Point {
  readonly subject: string
  readonly members: number
  readonly value: number
}

export interface GrowthOptions {
  readonly title: string
  readonly unit: 'time' | 'bytes'
  readonly points: readonly Point[]
  /** All subjects of the page, so that each looks the same everywhere. */
  readonly subjects: readonly string[]
  readonly width?: number
  readonly height?: number
  readonly fontSize?: number
}

/** The exponent e of value ~ n^e by least squares; undefined with fewer than two sizes. */
export function fitExponent(points: readonly Point[]): number | undefined {
  const xs = points.map(p => Math.log(p.members))
  const ys = points.map(p => Math.log(p.value))
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length
  const [mx, my] = [mean(xs), mean(ys)]
  const spread = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0)
  if (points.length < 2 || spread === 0) return undefined
  return xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i]! - my), 0) / spread
}

const show = (value: number, unit: GrowthOptions['unit']): string => (unit === 'time' ? showTime : showBytes)(value)

/** Whole powers of ten around the values, at least `least` of them: noise must not look like growth. */
function decades(values: readonly number[], least: number): number[] {
  let low = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  let high = Math.ceil(Math.log10(Math.max(...values)) - 1e-9)
  const middle = Math.log10(Math.min(...values) * Math.max(...values)) / 2
  while (high - low < least) {
    if (middle - low < high - middle) low--
    else high++
  }
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
}

/** What a line says, for who cannot see it. */
function tell(subject: string, points: readonly Point[], unit: GrowthOptions['unit']): string {
  const parts = points.map(p => `${show(p.value, unit)} at ${showMembers(p.members)}`)
  return `${subject}: ${parts.join(', ')}`
}

function lines({ Plot }: Canvas, points: readonly Point[], subject: string, all: readonly string[]): Mark[] {
  const { color, symbol, dash, width } = lookOf(subject, all)
  return [
    Plot.line(points, { x: 'members', y: 'value', stroke: color, strokeWidth: width, strokeDasharray: dash }),
    Plot.dot(points, {
      x: 'members',
      y: 'value',
      symbol,
      fill: color,
      stroke: 'var(--paper)',
      strokeWidth: 0.8,
      r: 4.2,
    }),
  ]
}

export function drawGrowth(canvas: Canvas, options: GrowthOptions): Picture {
  const { title, unit, subjects: all, width = 360, height = 250, fontSize = 12 } = options
  const points = options.points.filter(p => p.value > 0 && p.members > 0)
  // ours is drawn last, on top
  const subjects = all.filter(subject => points.some(p => p.subject === subject))
  const of = (subject: string): Point[] =>
    points.filter(p => p.subject === subject).sort((a, b) => a.members - b.members)
  const ticks = decades(
    points.map(p => p.value),
    2,
  )
  const sizes = points.map(p => p.members)
  const sizeTicks = decades(sizes, 1).filter(n => n >= Math.min(...sizes) && n <= Math.max(...sizes))
  const legend = legendOf(subjects.length > 1 ? subjects : [], all, width - 20)
  const [marginLeft, above] = [62, 12]
  const { Plot } = canvas
  return canvas.draw(
    {
      ...{ width, height: height + legend.height, marginLeft, marginRight: 20, marginBottom: 42 },
      marginTop: legend.height + above + 6,
      style: { fontSize: `${fontSize}px` },
      x: { type: 'log', domain: [Math.min(...sizes), Math.max(...sizes)], label: null },
      y: { type: 'log', domain: [ticks[0]!, ticks.at(-1)!], label: null },
      marks: [
        Plot.gridY(ticks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
        Plot.axisY(ticks, { tickFormat: (v: number) => showDecade(v, unit), tickSize: 0, color: 'var(--quiet)' }),
        Plot.gridX(sizeTicks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
        Plot.axisX(sizeTicks, { tickFormat: shortMembers, tickSize: 4, color: 'var(--quiet)' }),
        Plot.text(['members'], { frameAnchor: 'bottom', dy: 36, fill: 'var(--quiet)' }),
        ...[...subjects].reverse().flatMap(subject => lines(canvas, of(subject), subject, all)),
        ...legend.marks(canvas, { left: 8 - marginLeft, above }),
      ],
    },
    { title, description: `${subjects.map(subject => tell(subject, of(subject), unit)).join('. ')}.` },
  )
}

function showExponent(exponent: number): string {
  const digits = Math.abs(exponent).toFixed(2)
  return exponent < 0 && Number(digits) !== 0 ? `−${digits}` : digits
}

/** "2.1 ms at 100,000 members, growing as n^0.12." */
export function captionOfGrowth({ points, unit }: Pick<GrowthOptions, 'points' | 'unit'>): string {
  const subjects = [...new Set(points.map(p => p.subject))]
  const subject = subjects.includes(OURS) ? OURS : subjects[0]!
  const own = points.filter(p => p.subject === subject && p.value > 0)
  const last = own.reduce((a, b) => (b.members > a.members ? b : a))
  const exponent = fitExponent(own)
  const growth = exponent === undefined ? '' : `; fitted growth n^${showExponent(exponent)}`
  return `${subject}: ${show(last.value, unit)} at ${showMembers(last.members)} members${growth}.`
}
