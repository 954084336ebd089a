/** What a file holds: bytes as they are, or written as hexadecimal, base64, base64url or PEM. Hostile until decoded. */

/** How bytes are written in a file. */
export const FORMS = ['binary', 'hex', 'base64', 'base64url', 'pem'] as const
export type Form = (typeof FORMS)[number]

/** Bytes and how they were written. */
export interface Input {
  readonly bytes: Uint8Array
  readonly form: Form
}

/** The text is not what it has to be; the message is a sentence for people. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

/** The largest file that is read: no message of a group of 100,000 comes near it. */
export const MOST_BYTES = 128 * 1024 * 1024

// what must not occur: to look for that takes no stack, however long the text is
const NOT_HEX = /[^0-9a-f]/i
const NOT_BASE64 = { base64: /[^A-Za-z0-9+/]/, base64url: /[^A-Za-z0-9_-]/ } as const

/** Whether all bytes are printable ASCII or spaces and line ends, perhaps behind a byte order mark. */
function isText(raw: Uint8Array): boolean {
  for (let i = startOfText(raw); i < raw.length; i++) {
    const byte = raw[i]!
    if ((byte < 0x20 || byte > 0x7e) && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false
  }
  return raw.length > 0
}

function startOfText(raw: Uint8Array): number {
  return raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0
}

function textOf(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1', startOfText(raw))
}

function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/^\s*0x/i, '').replace(/[\s:]+/g, '')
  return digits.length > 0 && digits.length % 2 === 0 && !NOT_HEX.test(digits) ? Buffer.from(digits, 'hex') : undefined
}

/** Strict: one alphabet, padding complete or left out, no bits beside the bytes. */
function fromBase64(text: string, form: 'base64' | 'base64url'): Uint8Array | undefined {
  const letters = text.replace(/\s+/g, '')
  const body = letters.endsWith('==') ? letters.slice(0, -2) : letters.endsWith('=') ? letters.slice(0, -1) : letters
  if (body === '' || NOT_BASE64[form].test(body)) return undefined
  if (body !== letters && letters.length % 4 !== 0) return undefined
  const bytes = Buffer.from(body, form)
  return bytes.toString(form).slice(0, body.length) === body ? bytes : undefined
}

function fromPem(text: string): Uint8Array | undefined {
  const begin = text.indexOf('-----BEGIN ')
  if (begin < 0) return undefined
  const lineEnd = text.indexOf('-----', begin + 11)
  const label = text.slice(begin + 11, lineEnd)
  const closing = `-----END ${label}-----`
  const end = text.indexOf(closing, lineEnd)
  if (lineEnd < 0 || !/^[A-Z0-9 ]{1,64}$/.test(label) || end < 0) {
    throw new InputError('The PEM block has no matching END line')
  }
  if (/PRIVATE|SECRET/.test(label))
    throw new InputError('The PEM block says that it holds a secret, so it is not printed')
  if (text.includes('-----BEGIN ', end)) throw new InputError('The file has several PEM blocks; pass one at a time')
  const bytes = fromBase64(text.slice(lineEnd + 5, end), 'base64')
  if (bytes === undefined) throw new InputError('What stands between the PEM lines is not base64')
  return bytes
}

const TEXT_FORMS: Readonly<Record<Exclude<Form, 'binary'>, (text: string) => Uint8Array | undefined>> = {
  pem: fromPem,
  hex: fromHex,
  base64: text => fromBase64(text, 'base64'),
  base64url: text => fromBase64(text, 'base64url'),
}

/** Finds out how the bytes are written, or takes the form that is asked for. Hexadecimal goes before base64 where it could be both. */
export function readInput(raw: Uint8Array, wanted?: Form): Input {
  if (raw.length === 0) throw new InputError('There is nothing in it: 0 bytes')
  if (wanted === 'binary' || (wanted === undefined && !isText(raw))) return { bytes: raw, form: 'binary' }
  if (!isText(raw)) throw new InputError(`It is not text, so it cannot be ${wanted}; leave --from out`)
  const text = textOf(raw)
  for (const [form, read] of Object.entries(TEXT_FORMS) as [Exclude<Form, 'binary'>, (text: string) => Uint8Array][]) {
    if (wanted !== undefined && form !== wanted) continue
    const bytes = read(text)
    if (bytes !== undefined) return { bytes: Uint8Array.from(bytes), form }
  }
  throw new InputError(
    wanted === undefined
      ? 'It is text, but neither hexadecimal, base64, base64url nor PEM; with --from binary it is taken as it is'
      : `It is text, but not ${wanted}; possible with --from: ${FORMS.join(', ')}`,
  )
}
