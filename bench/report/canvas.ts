/** Observable Plot on a small DOM: loaded only when a picture is asked for, since they are development dependencies. */
import { escapeMarkup } from './text.ts'

export type PlotLibrary = typeof import('@observablehq/plot')
export type Mark = ReturnType<PlotLibrary['dot']>
export type PlotOptions = NonNullable<Parameters<PlotLibrary['plot']>[0]>

/** A picture: the markup of an SVG without its outer element, so that it can be put in a page or in a file. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly body: string
  readonly title: string
  /** What it shows, for who cannot see it. */
  readonly description: string
}

export interface Canvas {
  readonly Plot: PlotLibrary
  draw(options: PlotOptions, text: Pick<Picture, 'title' | 'description'>): Picture
}

const FONT = "system-ui,-apple-system,'Segoe UI',Roboto,sans-serif"

/** Throws one sentence when the libraries are not installed. */
export async function loadCanvas(): Promise<Canvas> {
  const missing = 'Pictures need the packages @observablehq/plot and linkedom: run `npm ci` in a checkout of copath.'
  const libraries = await Promise.all([import('@observablehq/plot'), import('linkedom')]).catch((cause: unknown) => {
    throw Object.assign(new Error(missing, { cause }), { code: 'ERR_MODULE_NOT_FOUND' })
  })
  const [Plot, { parseHTML }] = libraries
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return {
    Plot,
    draw(options, { title, description }) {
      const drawn = Plot.plot({ ...options, document: document as unknown as Document, className: 'plot' })
      // warnings of the library would be drawn as a sign in the corner
      for (const style of drawn.querySelectorAll('style')) style.remove()
      const [width, height] = [Number(drawn.getAttribute('width')), Number(drawn.getAttribute('height'))]
      return { width, height, body: drawn.innerHTML, title, description }
    },
  }
}

export interface SvgOptions {
  /** Tells its title and description apart from those of other pictures in a page. */
  readonly id: string
  /** Put inside, for a file that stands alone; together with the title in letters. */
  readonly style?: string
  /** A line below, in a file that stands alone. */
  readonly foot?: string
}

const HEADING = 30
const FOOT = 22

/** The whole SVG. */
export function svgOf(picture: Picture, { id, style, foot }: SvgOptions): string {
  const { width, body, title, description } = picture
  const height = picture.height + (style === undefined ? 0 : HEADING) + (foot === undefined ? 0 : FOOT)
  const attributes = [
    'xmlns="http://www.w3.org/2000/svg"',
    `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `class="plot" role="img" aria-labelledby="${id}-title ${id}-text"`,
    `fill="currentColor" text-anchor="middle" font-family="${FONT}" font-size="12"`,
  ]
  const named = [
    `<title id="${id}-title">${escapeMarkup(title)}</title>`,
    `<desc id="${id}-text">${escapeMarkup(description)}</desc>`,
  ].join('')
  if (style === undefined) return `<svg ${attributes.join(' ')}>${named}${body}</svg>`
  const heading = `<text x="8" y="20" text-anchor="start" font-size="14" font-weight="600">${escapeMarkup(title)}</text>`
  const below =
    foot === undefined
      ? ''
      : `<text x="8" y="${height - 9}" text-anchor="start" font-size="10.5" fill="var(--quiet)">${escapeMarkup(foot)}</text>`
  return `<svg ${attributes.join(' ')}>${named}<style>${style}</style>${heading}<g transform="translate(0,${HEADING})">${body}</g>${below}</svg>`
}
