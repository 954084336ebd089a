/** JSON of vector files: as JavaScript reads it, but for whole numbers that it would round. */
import { LARGE_NUMBER } from './given.ts'

const MAY_HOLD_LARGE = /[[:,\s]\d{16,}\s*[,}\]\s]/

/** Parses JSON; whole numbers of 16 digits or more become text after a mark. Throws a `SyntaxError`. */
export function parseVectors(json: string): unknown {
  // a mark of byte order that some editors leave behind
  const text = json.startsWith('\ufeff') ? json.slice(1) : json
  return JSON.parse(MAY_HOLD_LARGE.test(text) ? withLargeNumbersMarked(text) : text)
}

function withLargeNumbersMarked(text: string): string {
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const open = quote === -1 ? text.length : quote
    parts.push(
      text.slice(at, open).replace(/(?<![\d.eE+-])\d{16,}(?![\d.eE])/g, digits => `"${LARGE_NUMBER}${digits}"`),
    )
    at = endOfText(text, open)
    parts.push(text.slice(open, at))
  }
  return parts.join('')
}

/** Where the text that begins with a quote at `open` ends. */
function endOfText(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close === -1 ? text.length : close + 1
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}
