/** Colours and signs of a terminal: none where it has none, ASCII where it knows nothing else. */

import type { Io } from './command.ts'

/** Text with a meaning. */
export interface Style {
  faint(text: string): string
  strong(text: string): string
  name(text: string): string
  value(text: string): string
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
}

const CODES = { faint: 2, strong: 1, name: 36, value: 33, good: 32, bad: 31, warn: 33 } as const

/** Colours as the terminal has them. */
export function styleOf(color: boolean): Style {
  const paint = (code: number) => (text: string) => (color && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text)
  return {
    faint: paint(CODES.faint),
    strong: paint(CODES.strong),
    name: paint(CODES.name),
    value: paint(CODES.value),
    good: paint(CODES.good),
    bad: paint(CODES.bad),
    warn: paint(CODES.warn),
  }
}

const ASCII: Readonly<Record<string, string>> = {
  '┌': ',',
  '└': '`',
  '├': '|',
  '│': '|',
  '─': '-',
  '●': 'o',
  '■': '#',
  '…': '..',
  '§': 's. ',
  '✓': 'ok',
  '✗': 'X',
  '·': '-',
  '→': '->',
  '←': '<-',
  '×': 'x',
  '≈': '~',
  µ: 'u',
  '█': '#',
  '░': '.',
}

/** The same text for terminals without Unicode. */
export function toAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, sign => ASCII[sign] ?? '?')
}

/** Whether the environment says that it knows Unicode. What says nothing does. */
export function knowsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return locale === '' || /utf-?8/i.test(locale)
}

/** The same terminal, but all text in ASCII. */
export function withAscii(io: Io): Io {
  return {
    out: text => io.out(toAscii(text)),
    err: text => io.err(toAscii(text)),
    color: io.color,
    columns: io.columns,
    progress: (label, done, total) => io.progress(toAscii(label), done, total),
    interrupted: io.interrupted,
  }
}
