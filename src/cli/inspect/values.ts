/** Values of an encoding as text for people: names of numbers, dates, short byte strings, nothing that a terminal would obey. */
import type { Annotation } from '../../codec/annotate.ts'
import { GREASE_VALUES } from '../../mls/capabilities.ts'
import { isSavedSecret } from './saved/places.ts'
import { SECRET_FIELDS } from './types.ts'

// what terminals would not show as one line of text
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u
const LONGEST_TEXT = 64
const MOST_INLINE = 64
const FEWEST_DIGITS = 17
const FIRST_PRIVATE = 0xf000

/** Bytes as hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Printable text, or undefined where bytes are something else. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > LONGEST_TEXT) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return UNPRINTABLE.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** What a number of a registry means: its name, or why it has none (sections 13.5 and 17). */
export function nameOfNumber(number: number, name: string | undefined): string {
  if (name !== undefined) return `${name} (${number})`
  const written = `0x${number.toString(16).padStart(4, '0')}`
  if (GREASE_VALUES.includes(number)) return `GREASE (${written})`
  return number >= FIRST_PRIVATE ? `private use (${written})` : `unknown (${written})`
}

/** Seconds since 1970 as a date, where that is a date that people know. */
export function dateOf(seconds: bigint): string {
  if (seconds > 253_402_300_799n) return 'never ends'
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`
}

/** Whether only the length of a byte string may be printed. */
export function isSecret(parentType: string, name: string): boolean {
  return SECRET_FIELDS.has(`${parentType}.${name}`) || isSavedSecret(parentType, name)
}

/** The end of hexadecimal text that is longer than there is room for. */
function shortened(digits: string, room: number): string {
  if (digits.length <= room) return digits
  const tail = 8
  const head = Math.max(8, (room - tail - 1) & ~1)
  return `${digits.slice(0, head)}…${digits.slice(-tail)}`
}

/** A byte string in at most about `room` columns. */
export function bytesText(bytes: Uint8Array, room: number): string {
  if (bytes.length === 0) return 'empty'
  const length = `${bytes.length.toLocaleString('en')} ${bytes.length === 1 ? 'byte' : 'bytes'}`
  const text = textOf(bytes)
  if (text !== undefined) {
    const quoted = `${length}  ${JSON.stringify(text)}`
    const digits = hex(bytes)
    return quoted.length + 2 + digits.length <= room ? `${quoted}  ${digits}` : quoted
  }
  const left = Math.max(room - length.length - 2, FEWEST_DIGITS)
  // no more digits are made than could be shown
  const digits = bytes.length * 2 <= left ? hex(bytes) : `${hex(bytes.subarray(0, 512))}${hex(bytes.subarray(-4))}`
  return `${length}  ${shortened(digits, left)}`
}

/** The value of a number field. */
function numberText(parentType: string, name: string, value: number | bigint): string {
  if (parentType === 'Lifetime') return `${value}  ${dateOf(BigInt(value))}`
  return name.startsWith('epoch') || typeof value === 'bigint' ? value.toString() : String(value)
}

/** A value that is not a struct, in one line. */
export function valueText(at: Annotation, parentType: string, room: number): string {
  const { content } = at
  switch (content.kind) {
    case 'number':
      return numberText(parentType, at.name, content.value)
    case 'enumeration':
      return nameOfNumber(content.number, content.name)
    case 'bytes':
      if (isSecret(parentType, at.name)) return `${content.bytes.length} bytes, secret: not shown`
      return bytesText(content.bytes, room)
    case 'padding':
      return `${at.end - at.start} bytes of zeros`
    case 'absent':
      return 'absent'
    case 'broken':
      return 'cannot be read'
    case 'struct':
      return at.type
    case 'vector':
      return countText(at)
  }
}

function countText({ children, content }: Annotation): string {
  const count = children.length + (content.kind === 'vector' ? content.omitted : 0)
  return count === 0 ? 'empty' : `${count.toLocaleString('en')} ${count === 1 ? 'element' : 'elements'}`
}

/** The elements of a vector of numbers in one line; undefined for other vectors. */
export function inlineText({ children, content }: Annotation): string | undefined {
  if (content.kind !== 'vector' || content.omitted > 0) return undefined
  if (children.length === 0 || children.length > MOST_INLINE) return undefined
  const values: string[] = []
  for (const { content: element } of children) {
    if (element.kind === 'enumeration') values.push(nameOfNumber(element.number, element.name))
    else if (element.kind === 'number') values.push(String(element.value))
    else return undefined
  }
  return values.join(', ')
}
