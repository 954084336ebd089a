/** Text for a terminal of a certain width: wrapped lines, columns, numbers. */

/** A number with separators for thousands. */
export function number(value: number): string {
  return value.toLocaleString('en')
}

/** `1 member`, `2 members`. */
export function count(value: number, what: string, many = `${what}s`): string {
  return `${number(value)} ${value === 1 ? what : many}`
}

/** A label and words behind it, in lines that are as wide as the terminal at most; words that are longer stay whole. */
export function wrapped(label: string, text: string, columns: number, hanging: number = label.length): string[] {
  const lines: string[] = []
  let line = label
  let isFresh = true
  for (const word of text.split(' ')) {
    if (!isFresh && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ' '.repeat(hanging) + word
    } else line += isFresh ? word : ` ${word}`
    isFresh = false
  }
  return [...lines, line]
}

/** A paragraph of a help text: words in lines that fit into any terminal. */
export function paragraph(text: string): string {
  return wrapped('', text, 80).join('\n')
}

/** Rows as columns: the first `left` of them are aligned at the left, the others at the right. */
export function table(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => row[i]!.length)))
  return rows.map(row =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
}
