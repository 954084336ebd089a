/** An encoding taken apart, as lines: where, how long, which field, what is in it. */
import type { Annotation } from '../../codec/annotate.ts'
import type { Style } from '../style.ts'
import { wrapped } from '../text.ts'
import { DRAFTS, SECTIONS } from './sections.ts'
import { bytesText, hex, inlineText, isSecret, valueText } from './values.ts'

/** How to print. */
export interface RenderOptions {
  readonly style: Style
  readonly columns: number
  /** Byte strings whole. */
  readonly full: boolean
}

interface Row {
  readonly at: Annotation
  readonly parentType: string
  readonly depth: number
  /** The width of the names beside this one. */
  readonly names: number
}

const FULL_LINE = 32

/** The section of a type, as it stands behind it. */
export function sectionText(type: string): string {
  const section = SECTIONS[type]
  return section === undefined ? (DRAFTS[type] ?? '') : `§${section}`
}

class Renderer {
  readonly #options: RenderOptions
  readonly #offsets: number
  readonly #sizes: number

  constructor(root: Annotation, options: RenderOptions) {
    this.#options = options
    this.#offsets = Math.max(6, String(root.end).length)
    this.#sizes = this.#offsets
  }

  head(): string {
    const { style } = this.#options
    const places = `${'offset'.padStart(this.#offsets)}  ${'size'.padStart(this.#sizes)}`
    return style.faint(`${places}  field      (§ sections of RFC 9420)`)
  }

  /** The lines of an annotation and of all below it, without recursion on hostile depths: nesting is bounded by the types. */
  *lines(row: Row): Generator<string> {
    const { at } = row
    const inline = inlineText(at)
    yield this.#line(row, inline)
    if (this.#options.full && at.content.kind === 'bytes' && at.children.length === 0) yield* this.#whole(row)
    if (inline === undefined || !this.#fits(row, inline)) yield* this.#children(row)
    if (at.problem !== undefined) yield* this.#problem(row.depth + 1, at.problem.message)
  }

  *#children({ at, depth }: Row): Generator<string> {
    // as many as there are elements: too many for the arguments of one call
    const names = at.children.reduce((widest, { name }) => Math.max(widest, name.length), 0)
    for (const child of at.children) {
      yield* this.lines({ at: child, parentType: at.type, depth: depth + 1, names })
    }
    if (at.content.kind === 'vector' && at.content.omitted > 0) {
      yield this.#note(depth + 1, `… ${at.content.omitted.toLocaleString('en')} more, checked but not shown`)
    }
  }

  #room({ depth, names }: Row): number {
    return this.#options.columns - (this.#offsets + this.#sizes + 4 + 2 * depth + names + 2)
  }

  #fits(row: Row, text: string): boolean {
    return text.length <= this.#room(row)
  }

  #line(row: Row, inline: string | undefined): string {
    const { style } = this.#options
    const { at, parentType, depth, names } = row
    const place = `${String(at.start).padStart(this.#offsets)}  ${String(at.end - at.start).padStart(this.#sizes)}`
    const name = ' '.repeat(2 * depth) + style.name(at.name) + ' '.repeat(Math.max(0, names - at.name.length))
    return `${style.faint(place)}  ${name}${this.#value(row, inline, parentType)}`.trimEnd()
  }

  #value(row: Row, inline: string | undefined, parentType: string): string {
    const { style } = this.#options
    const { at } = row
    const section = style.faint(sectionText(at.type))
    if (at.content.kind === 'struct') return at.name === at.type ? `  ${section}` : `  ${at.type}  ${section}`
    if (at.content.kind === 'broken') return `  ${style.bad('cannot be read')}`
    if (inline !== undefined && this.#fits(row, inline)) return `  ${style.value(inline)}`
    const room = this.#room(row)
    const text = this.#fitting(valueText(at, parentType, room), room)
    const shown = at.content.kind === 'enumeration' ? style.value(text) : text
    return at.name === at.type ? `  ${section}  ${shown}` : `  ${shown}`
  }

  /** Long names, such as those of suites, lose their middle but not the number behind them. */
  #fitting(text: string, room: number): string {
    const end = text.lastIndexOf(' (')
    if (this.#options.full || text.length <= room || end < 0) return text
    const kept = room - (text.length - end) - 1
    return kept < 8 ? text : `${text.slice(0, kept)}…${text.slice(end)}`
  }

  /** A byte string in full, in lines below its own. */
  *#whole(row: Row): Generator<string> {
    const { at, parentType, depth } = row
    const { content } = at
    if (content.kind !== 'bytes' || isSecret(parentType, at.name)) return
    const { bytes } = content
    // short ones are on their own line already
    if (!bytesText(bytes, this.#room(row)).includes('…')) return
    for (let from = 0; from < bytes.length; from += FULL_LINE) {
      const line = hex(bytes.subarray(from, from + FULL_LINE)).replace(/.{8}(?=.)/g, '$& ')
      yield this.#note(depth + 1, line)
    }
  }

  *#problem(depth: number, message: string): Generator<string> {
    const { columns, style } = this.#options
    const margin = ' '.repeat(this.#offsets + this.#sizes + 4 + 2 * depth)
    for (const line of wrapped(`${margin}✗ `, message, columns)) yield style.bad(line)
  }

  #note(depth: number, text: string): string {
    return `${' '.repeat(this.#offsets + this.#sizes + 4 + 2 * depth)}${this.#options.style.faint(text)}`
  }
}

/** The lines of a whole encoding. */
export function* renderLines(root: Annotation, options: RenderOptions): Generator<string> {
  const renderer = new Renderer(root, options)
  yield renderer.head()
  yield* renderer.lines({ at: root, parentType: '', depth: 0, names: root.name.length })
}
