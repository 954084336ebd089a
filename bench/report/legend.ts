/** The subjects of a picture, named above it beside their symbols. */
import type { Canvas, Mark } from './canvas.ts'
import { lookOf } from './palette.ts'
import { shorten } from './text.ts'

const LINE_HEIGHT = 18
const SYMBOL = 16
const GAP = 14
const LETTER = 6.4
const LONGEST = 24

interface Place {
  readonly subject: string
  readonly x: number
  readonly line: number
}

/** Fills lines from the left; widths are estimates, on the safe side. */
function placesOf(subjects: readonly string[], width: number): Place[] {
  const places: Place[] = []
  let x = 0
  let line = 0
  for (const subject of subjects) {
    const needed = SYMBOL + LETTER * Math.min(subject.length, LONGEST)
    if (x > 0 && x + needed > width) {
      x = 0
      line++
    }
    places.push({ subject, x, line })
    x += needed + GAP
  }
  return places
}

export interface Legend {
  readonly height: number
  /** Drawn above the frame of a plot whose top margin is `height` plus `above`. */
  marks(canvas: Canvas, place: { left: number; above: number }): Mark[]
}

export function legendOf(subjects: readonly string[], all: readonly string[], width: number): Legend {
  const places = placesOf(subjects, width)
  const height = LINE_HEIGHT * ((places.at(-1)?.line ?? -1) + 1)
  return {
    height,
    marks: ({ Plot }, { left, above }) =>
      places.flatMap(({ subject, x, line }) => {
        const { color, symbol } = lookOf(subject, all)
        const at = { frameAnchor: 'top-left', dy: -height - above + LINE_HEIGHT * line + 6 } as const
        return [
          Plot.dot([0], { ...at, dx: left + x + 4, symbol, fill: color, r: 4 }),
          Plot.text([shorten(subject, LONGEST)], {
            ...at,
            dx: left + x + SYMBOL,
            lineAnchor: 'middle',
            fill: 'var(--ink)',
          }),
        ]
      }),
  }
}
