/** Declarations in the TLS presentation language, brought to one form so that two spellings of a struct can be compared. */
import { createHash } from 'node:crypto'

/** The text without comments and without spaces that separate nothing. */
function normalise(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\w ]) ?/g, '$1')
    .trim()
}

/** The declarations of a text, each normalised, by name. */
export function declarationsOf(text: string): { readonly name: string; readonly text: string }[] {
  const out: { name: string; text: string }[] = []
  let depth = 0
  let start = 0
  const whole = normalise(text)
  for (let i = 0; i < whole.length; i++) {
    if (whole[i] === '{') depth++
    else if (whole[i] === '}') depth--
    else if (whole[i] === ';' && depth === 0) {
      const declaration = whole.slice(start, i + 1)
      start = i + 1
      const name = /(\w+)(?:<[^<>]*>|\[[^[\]]*\])?;$/.exec(declaration)?.[1]
      if (name === undefined) throw new Error(`no name in: ${declaration}`)
      out.push({ name, text: declaration })
    }
  }
  if (start !== whole.length) throw new Error(`unfinished: ${whole.slice(start)}`)
  return out
}

/** Sixteen hexadecimal digits that stand for a normalised declaration. */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
