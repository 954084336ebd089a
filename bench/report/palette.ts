/** How subjects look: a colour, a symbol and a dash each, so that none is told by its colour alone; light and dark. */
import { OURS } from './recorded.ts'

export interface Look {
  /** A CSS colour; it follows the scheme. */
  readonly color: string
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star' | 'wye'
  /** `stroke-dasharray`. */
  readonly dash: string
  readonly width: number
}

const SYMBOLS = ['square', 'triangle', 'diamond', 'cross', 'star', 'wye'] as const
const DASHES = ['7 3', '2 3', '9 3 2 3', '5 2', '1 3', '12 3'] as const

/** Ours first. Each has at least 3:1 against its background, and neighbours differ in lightness too. */
const LIGHT = ['#0b5fd9', '#c2410c', '#0f766e', '#9333ea', '#a16207', '#be185d', '#475569'] as const
const DARK = ['#6cb2ff', '#ff9d5c', '#4fd6c5', '#d3a4ff', '#f2c94c', '#ff8fb8', '#b4c0d0'] as const

/** `subject` among `all`, whose order decides. */
export function lookOf(subject: string, all: readonly string[]): Look {
  if (subject === OURS) return { color: 'var(--s0)', symbol: 'circle', dash: 'none', width: 2.6 }
  const others = all.filter(name => name !== OURS)
  const place = Math.max(0, others.indexOf(subject)) % SYMBOLS.length
  return { color: `var(--s${place + 1})`, symbol: SYMBOLS[place]!, dash: DASHES[place]!, width: 1.7 }
}

function variables(colors: readonly string[], ink: string, quiet: string, grid: string, paper: string): string {
  const series = colors.map((color, i) => `--s${i}:${color}`).join(';')
  return `${series};--ink:${ink};--quiet:${quiet};--grid:${grid};--paper:${paper}`
}

const LIGHT_VARIABLES = variables(LIGHT, '#1b2430', '#566273', '#dde3ea', '#ffffff')
const DARK_VARIABLES = variables(DARK, '#e8edf4', '#9fabbb', '#2c3642', '#12171e')

/** The variables of a scheme, or of both, the reader's choice deciding. */
export function schemeCss(selector: string, scheme: 'light' | 'dark' | 'both'): string {
  if (scheme === 'light') return `${selector}{${LIGHT_VARIABLES}}`
  if (scheme === 'dark') return `${selector}{${DARK_VARIABLES}}`
  return `${selector}{${LIGHT_VARIABLES}}@media (prefers-color-scheme:dark){${selector}{${DARK_VARIABLES}}}`
}
