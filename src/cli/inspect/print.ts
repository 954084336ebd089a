/** Lines that every report of copath inspect is made of. */
import type { Io } from '../command.ts'
import type { Style } from '../style.ts'
import { wrapped } from '../text.ts'
import type { Check } from './verdicts.ts'

const SIGNS = { good: '✓', bad: '✗', unknown: '·' } as const

/** What was checked, and what came out. */
export function checkLines(
  { what, section, verdict, detail }: Omit<Check, 'section'> & { readonly section?: string },
  style: Style,
  columns: number,
): string {
  const paint = { good: style.good, bad: style.bad, unknown: style.faint }[verdict]
  const said = `${what}${section === undefined ? '' : ` §${section}`}${detail === undefined ? '' : `: ${detail}`}`
  const [first = '', ...rest] = wrapped('    ', said, columns, 6)
  return [`  ${paint(SIGNS[verdict])} ${first.slice(4)}`, ...rest].join('\n')
}

/** Many lines at once: one write for each would take longer than all else. */
export function printLines(lines: Iterable<string>, io: Io): void {
  let block: string[] = []
  for (const line of lines) {
    block.push(line)
    if (block.length === 1000) {
      io.out(block.join('\n'))
      block = []
    }
  }
  if (block.length > 0) io.out(block.join('\n'))
}
