/** What the members of a tree to look at are called, in one line of a terminal. */
import { toHex } from '../base/bytes.ts'

// what terminals would not show as one line of text
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u
const LONGEST_NAME = 40

/** A, B, ... Z, A1, B1, ... */
export function defaultName(i: number): string {
  return String.fromCharCode(65 + (i % 26)) + (i < 26 ? '' : String(Math.floor(i / 26)))
}

/** Text that fits into a line of a drawing; hexadecimal where the bytes are not such text. */
export function printable(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    text = ''
  }
  if (text === '' || UNPRINTABLE.test(text)) text = `0x${toHex(bytes)}`
  const characters = [...text]
  return characters.length <= LONGEST_NAME ? text : `${characters.slice(0, LONGEST_NAME).join('')}…`
}
