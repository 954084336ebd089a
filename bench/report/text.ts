/** Numbers and names for people, and text that is safe in markup. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Without what XML does not allow at all: control characters and halves of pairs. */
export function cleanText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')
}

/** Text as it may stand in HTML and SVG, also in attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, c => ENTITIES[c]!)
}

/** A name that fits a picture; the table beside it has the whole. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`
}

/** A name for files and fragments: letters, digits and hyphens. */
export function slug(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return plain.replace(/^-+|-+$/g, '').slice(0, 80) || 'figure'
}

export function showMembers(n: number): string {
  return n.toLocaleString('en')
}

/** 10, 100, 1k, 10k, 100k, for axes. */
export function shortMembers(n: number): string {
  if (n >= 1e6) return `${n / 1e6}M`
  return n >= 1000 ? `${n / 1000}k` : String(n)
}

function three(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

/** Three significant digits in the unit that reads best. */
export function showTime(ms: number): string {
  if (ms >= 1000) return `${three(ms / 1000)} s`
  if (ms >= 1) return `${three(ms)} ms`
  if (ms >= 1e-3) return `${three(ms * 1000)} µs`
  return `${three(ms * 1e6)} ns`
}

export function showBytes(bytes: number): string {
  if (bytes >= 1e6) return `${three(bytes / 1e6)} MB`
  if (bytes >= 1e3) return `${three(bytes / 1e3)} kB`
  return `${three(bytes)} B`
}

/** A power of ten with its unit and no digits after the point. */
export function showDecade(value: number, unit: 'time' | 'bytes'): string {
  const plain = (unit === 'time' ? showTime(value) : showBytes(value)).split(' ')
  return `${Number(plain[0]!)} ${plain[1]!}`
}

/** What a subject takes, as a multiple of what ours takes; two digits, since single figures drift by a fifth. */
export function showRatio(ratio: number): string {
  const digits = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en')
  if (ratio >= 0.95 && ratio <= 1.05) return 'the same'
  return ratio > 1 ? `${digits(ratio)}× slower` : `${digits(1 / ratio)}× faster`
}
