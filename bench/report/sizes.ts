/** Bytes of things measured at one size of the group: plain bars from zero, a linear axis. */
import type { Canvas, Picture } from './canvas.ts'
import { lookOf } from './palette.ts'
import { shorten, showBytes, showMembers } from './text.ts'

export interface Size {
  readonly operation: string
  readonly subject: string
  readonly members: number
  readonly bytes: number
}

const ROW = 19
const MARGIN_LEFT = 122

type Row = Size & { readonly y: number }

export function drawSizes(
  canvas: Canvas,
  {
    title,
    sizes,
    subjects,
    width = 360,
  }: { title: string; sizes: readonly Size[]; subjects: readonly string[]; width?: number },
): Picture {
  const { Plot } = canvas
  const headings: { y: number; heading: string }[] = []
  const bars: Row[] = []
  for (const size of sizes) {
    const place = `, ${showMembers(size.members)} members`
    const heading = `${shorten(size.operation, 46 - place.length)}${place}`
    if (headings.at(-1)?.heading !== heading) headings.push({ y: headings.length + bars.length, heading })
    bars.push({ ...size, y: headings.length + bars.length })
  }
  const label = { dx: 8 - MARGIN_LEFT, textAnchor: 'start' } as const
  const picture = canvas.draw(
    {
      ...{
        width,
        height: ROW * (headings.length + bars.length) + 16,
        marginLeft: MARGIN_LEFT,
        marginRight: 76,
        marginTop: 8,
        marginBottom: 8,
      },
      style: { fontSize: '12px' },
      x: { domain: [0, Math.max(...bars.map(bar => bar.bytes))], axis: null },
      y: {
        type: 'band',
        domain: Array.from({ length: headings.length + bars.length }, (_, i) => i),
        axis: null,
        padding: 0.28,
      },
      marks: [
        Plot.text(headings, { x: 0, y: 'y', text: 'heading', ...label, fontWeight: 600, fill: 'var(--ink)' }),
        Plot.barX(bars, { x: 'bytes', y: 'y', fill: bar => lookOf((bar as Row).subject, subjects).color }),
        Plot.text(bars, {
          x: 0,
          y: 'y',
          text: bar => shorten((bar as Row).subject, 17),
          ...label,
          fill: 'var(--quiet)',
        }),
        Plot.text(bars, {
          x: 'bytes',
          y: 'y',
          text: bar => showBytes((bar as Row).bytes),
          dx: 5,
          textAnchor: 'start',
          fill: 'var(--ink)',
        }),
        Plot.ruleX([0], { stroke: 'var(--ink)' }),
      ],
      color: { type: 'identity' },
    },
    {
      title,
      description: `${bars.map(bar => `${bar.operation}, ${bar.subject}, ${showMembers(bar.members)} members: ${showBytes(bar.bytes)}`).join('. ')}.`,
    },
  )
  return picture
}
