/** Each rule has an id: on the page of the rules, where it is checked and where a test breaks it. The three lists are the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ID = /copath-mls-(?:\d+(?:\.\d+)*|[a-z-]+?)-\d\d\b/g
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The ids in the files of a folder, each with the files that cite it. */
function idsIn(folder: string, isIncluded: (name: string) => boolean = () => true): Map<string, string[]> {
  const ids = new Map<string, string[]>()
  const names = readdirSync(`${ROOT}${folder}`, { encoding: 'utf8', recursive: true })
  for (const name of names.map(path => path.replaceAll('\\', '/')).sort()) {
    if (!name.endsWith('.ts') || !isIncluded(name)) continue
    for (const [id] of readFileSync(`${ROOT}${folder}/${name}`, 'utf8').matchAll(ID)) {
      const files = ids.get(id) ?? []
      if (!files.includes(name)) files.push(name)
      ids.set(id, files)
    }
  }
  return ids
}

/** A row of a table: a rule with an id, or without one. */
interface Row {
  readonly section: string
  readonly id: string
  readonly rule: string
  readonly how: string
}

/** The rows of the page, each with the first word of its section's title. */
function readPage(): { readonly sections: readonly string[]; readonly rows: readonly Row[] } {
  const sections: string[] = []
  const rows: Row[] = []
  for (const line of readFileSync(`${ROOT}docs/rules.md`, 'utf8').split('\n')) {
    const [, section] = /^## (\S+)/.exec(line) ?? []
    if (section !== undefined) sections.push(section)
    if (!line.startsWith('|') || /^\| (?:id|---) /.test(line)) continue
    const [, id, rule, how, ...rest] = line.split('|').map(cell => cell.trim())
    expect([rest, sections.length > 0], line).toEqual([[''], true])
    rows.push({ section: sections.at(-1)!, id: id!, rule: rule!, how: how! })
  }
  return { sections, rows }
}

const checked = idsIn('src')
const broken = idsIn('test', name => name !== 'mls/rule-ledger.test.ts')
const { sections, rows } = readPage()

it('every rule that is checked is broken by a test', () => {
  expect([...checked.keys()].filter(id => !broken.has(id)).sort()).toEqual([])
})

it('every rule that a test breaks is checked', () => {
  expect([...broken.keys()].filter(id => !checked.has(id)).sort()).toEqual([])
})

describe('the page', () => {
  const numbered = rows.filter(({ id }) => id !== '')

  it('has all rules, each once', () => {
    const ids = numbered.map(({ id }) => id)
    expect(ids.sort()).toEqual([...checked.keys()].sort())
  })

  it.each(sections)('has rules of section %s, which are its own', section => {
    const own = rows.filter(row => row.section === section)
    expect(own.length).toBeGreaterThan(0)
    const prefix = /^\d/.test(section) ? `${section}[.-]` : '[a-z]'
    for (const { id } of own) if (id !== '') expect(id).toMatch(new RegExp(`^copath-mls-${prefix}`))
  })

  it('names the files that check a rule', () => {
    for (const { id, how } of numbered) {
      const named = [...how.matchAll(/`(\S+\.ts)`/g)].map(([, file]) => file)
      expect(named.sort(), id).toEqual(checked.get(id))
    }
  })

  it('says of every other rule why no check can keep it', () => {
    for (const { id, rule, how } of rows) {
      expect(rule.length).toBeGreaterThan(0)
      if (id === '') expect(how, rule).toMatch(/^(?:by form|application): ./)
    }
  })
})

it('there are as many as this', () => {
  expect(checked.size).toBeGreaterThanOrEqual(168)
})
