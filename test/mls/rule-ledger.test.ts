/** Each rule has an id, cited where it is checked and where a test breaks it: the two lists are the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ID = /copath-mls-(?:\d+(?:\.\d+)*|[a-z-]+?)-\d\d\b/g

/** The ids in the files of a folder, each with the files that cite it. */
function idsIn(folder: string, isIncluded: (name: string) => boolean): Map<string, string[]> {
  const path = fileURLToPath(new URL(folder, import.meta.url))
  const ids = new Map<string, string[]>()
  for (const name of readdirSync(path).filter(isIncluded)) {
    for (const [id] of readFileSync(`${path}/${name}`, 'utf8').matchAll(ID)) {
      const files = ids.get(id) ?? []
      if (!files.includes(name)) files.push(name)
      ids.set(id, files)
    }
  }
  return ids
}

const checked = idsIn('../../src/mls', name => name.endsWith('.ts'))
const broken = idsIn('.', name => name.endsWith('.test.ts'))

it('every rule that is checked is broken by a test', () => {
  expect([...checked.keys()].filter(id => !broken.has(id)).sort()).toEqual([])
})

it('every rule that a test breaks is checked', () => {
  expect([...broken.keys()].filter(id => !checked.has(id)).sort()).toEqual([])
})

it('there are as many as this', () => {
  expect(checked.size).toBeGreaterThanOrEqual(79)
})
