/** Every statement of the documents that these rooms implement is named by a test, in its title or in that of its group. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CONTEXT, STATEMENTS } from './inventory.ts'

const ROOMS = ['art', 'gka', 'smmp', 'pairwise', 'sender-keys', 'compare']
/** From `describe` or `it` to the end of the title: what stands in comments and in other strings does not count. */
const TITLE =
  /\b(?:describe|it|test)(?:\.each\([\s\S]{0,400}?\))?\(\s*(?:`([^`]*)`|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/g
const ID = /\b(?:[AMS]\d\d|E\d\d\d)\b/g

function titlesIn(room: string): string[] {
  const folder = fileURLToPath(new URL(`../${room}`, import.meta.url))
  return readdirSync(folder)
    .filter(name => name.endsWith('.test.ts'))
    .flatMap(name => [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(TITLE)])
    .map(([, template, single, double]) => template ?? single ?? double ?? '')
}

const titles = ROOMS.flatMap(titlesIn)
const named = new Set(titles.flatMap(title => title.match(ID) ?? []))

describe('the list of statements', () => {
  it('has a test for each of them', () => {
    expect(Object.keys(STATEMENTS).filter(id => !named.has(id))).toEqual([])
  })

  it('is whole: all of ART and of SMMP, and nothing twice', () => {
    const known = [...Object.keys(STATEMENTS), ...CONTEXT]
    expect(new Set(known).size).toBe(known.length)
    const all = (letter: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, '0')}`)
    expect([...all('A', 41), ...all('S', 34)].filter(id => !known.includes(id))).toEqual([])
    const agreement = ['E024', 'E040', ...Array.from({ length: 17 }, (_, i) => `E0${79 + i}`)]
    expect(agreement.filter(id => !known.includes(id))).toEqual([])
  })

  it('control: an id in a comment, in another string or without a test is not found', () => {
    const source =
      "// A99\nconst x = 'A98'\nit('A97: a title', () => { call('A96') })\nit.each([1, 2])('A95', () => {})"
    const found = [...source.matchAll(TITLE)].map(([, a, b, c]) => a ?? b ?? c)
    expect(found).toEqual(['A97: a title', 'A95'])
  })
})
