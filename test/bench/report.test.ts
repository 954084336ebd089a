/** The report of the benchmarks: one page without anything from elsewhere, all figures with a text and a table, names as names. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { afterAll, describe, expect, it } from 'vitest'
import { fitExponent } from '../../bench/report/growth.ts'
import { ratiosOf } from '../../bench/report/ratios.ts'
import { readRecorded } from '../../bench/report/recorded.ts'
import { showRatio } from '../../bench/report/text.ts'
import { writePage, writeReadmePictures } from '../../bench/report/write.ts'
import { HOSTILE, SAMPLE } from './report-sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'copath-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = readRecorded(JSON.stringify(SAMPLE), 'sample.json')
const { page, pictures } = await writePage(folder, [run])
const html = readFileSync(page, 'utf8')
const { document } = parseHTML(html)
const visible = HOSTILE.replace('\u0007', ' ')

/** Every element is closed in its turn and every & begins an entity that XML knows. */
function expectWellFormed(svg: string): void {
  const open: string[] = []
  for (const [, closing, name, rest] of svg.matchAll(/<(\/?)([a-zA-Z]+)((?:\s[\w:-]+="[^"<]*")*\s*\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name)
    else if (!rest!.endsWith('/')) open.push(name!)
  }
  expect(open).toEqual([])
  const text = svg.replace(/<\/?[a-zA-Z]+(?:\s[\w:-]+="[^"<]*")*\s*\/?>/g, '')
  expect(text).not.toMatch(/<|&(?!(amp|lt|gt|quot|#39|#x?[0-9a-f]+);)/)
}

describe('the page', () => {
  it('asks for nothing from elsewhere and runs nothing', () => {
    expect(document.querySelectorAll('script,link,img,iframe,object,embed,image,use,base,video,audio')).toHaveLength(0)
    expect(html).not.toMatch(/@import|url\(|src=/)
    for (const link of document.querySelectorAll('a'))
      expect(link.getAttribute('href')).toMatch(/^(#|pictures\/)[\w.-]+$/)
    expect(document.querySelector('meta[http-equiv]')?.getAttribute('content')).toContain("default-src 'none'")
    for (const element of document.querySelectorAll('*')) {
      for (const name of element.getAttributeNames()) expect(name).not.toMatch(/^on/)
    }
  })

  it('shows names of others as names', () => {
    expect(document.querySelector('title')?.textContent).toBe('copath benchmarks')
    const cells = [...document.querySelectorAll('td')].map(cell => cell.textContent)
    expect(cells).toContain(visible)
    const labels = [...document.querySelectorAll('svg text')].map(text => text.textContent)
    expect(labels.some(label => label?.startsWith('</style></svg><script>'))).toBe(true)
    expect([...document.querySelectorAll('#notes ~ ul li')].map(item => item.textContent)).toContain(visible)
  })

  it('has a growth curve, ratios, bytes and memory, each with a text and a table', () => {
    const ids = [...document.querySelectorAll('figure')].map(figure => figure.id)
    expect(ids).toEqual([
      'group-commit-create-time',
      'group-commit-create-bytes',
      'group-memory-of-a-state-bytes',
      'group-ratios-1',
      'group-bytes',
      'codec-ratios-1',
    ])
    for (const figure of document.querySelectorAll('figure')) {
      const svg = figure.querySelector('svg')!
      expect(svg.getAttribute('role')).toBe('img')
      const named = svg.getAttribute('aria-labelledby')!.split(' ')
      expect(named.map(id => document.getElementById(id)?.textContent?.length ?? 0).every(length => length > 5)).toBe(
        true,
      )
      expect(figure.querySelectorAll('tbody tr').length).toBeGreaterThan(0)
    }
    const all = [...document.querySelectorAll('[id]')].map(element => element.id)
    expect(new Set(all).size).toBe(all.length)
  })

  it('says the fitted growth, the facts of the run, goals and what is missing', () => {
    const caption = document.querySelector('#group-commit-create-time figcaption')!.textContent
    expect(caption).toBe('copath: 31.6 ms at 100,000 members; fitted growth n^0.50.')
    expect(document.querySelector('dl')!.textContent).toContain('another 1.2.3, the third 4.5.6')
    expect(document.querySelector('#goals')!.parentElement!.textContent).toContain('1 of 2 reached.')
    expect(document.querySelector('main')!.textContent).toContain('the third: makes no messages')
    expect(document.querySelector('#group-commit-create-time table')!.textContent).toContain('not measured')
  })

  it('begins with what groups do every day, at the largest size', () => {
    const tiles = [...document.querySelectorAll('.tiles li span')].map(tile => tile.textContent)
    expect(tiles).toEqual(['commit: create'])
  })

  it('distinguishes subjects by more than their colour', () => {
    const dashes = [...document.querySelectorAll('#group-commit-create-time g[aria-label="line"]')]
    const looks = dashes.map(line => line.getAttribute('stroke-dasharray') ?? 'none')
    expect(new Set(looks).size).toBe(3)
  })
})

describe('pictures', () => {
  it('are written beside the page, well-formed, for both schemes', () => {
    expect(pictures).toHaveLength(6)
    for (const path of pictures) {
      const svg = readFileSync(path, 'utf8').trim()
      expectWellFormed(svg)
      expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"')
      expect(svg).toContain('prefers-color-scheme:dark')
    }
  })

  it('of the README are four files, the same whenever they are made', async () => {
    const make = async (name: string): Promise<string[]> =>
      (await writeReadmePictures(join(folder, name), [run])).map(path => readFileSync(path, 'utf8'))
    const once = await make('once')
    expect(once).toHaveLength(4)
    expect(await make('again')).toEqual(once)
    for (const svg of once) expectWellFormed(svg.trim())
    // the largest size that the others have, and the one below it as marks on the bars
    const bars = once.find(svg => svg.includes('Others beside'))!
    expect(bars).toContain('Others beside copath, 10,000 members, same run')
    expect(bars).toContain('◆ at 1,000 members')
    expect(bars).toMatch(/commit: create, 10,000: another 12\.0 s[^<]*commit: create, 1,000: another 800 ms/)
    const withoutPeers = { ...run, results: run.results.filter(r => r.subject === 'copath') }
    await expect(writeReadmePictures(folder, [withoutPeers])).rejects.toThrow('No recorded run has peers')
  })
})

describe('what is read', () => {
  it('fits exponents and finds the largest size in common', () => {
    const points = [10, 100, 1000].map(members => ({ subject: 'copath', members, value: 3 * members ** 1.5 }))
    expect(fitExponent(points)).toBeCloseTo(1.5, 10)
    expect(fitExponent(points.slice(0, 1))).toBeUndefined()
    const another = ratiosOf(SAMPLE.results).find(r => r.subject === 'another')!
    expect(another).toMatchObject({ operation: 'commit: create', members: 10_000 })
    expect(another.ratio).toBeCloseTo(1200, 6)
    expect([1200, 0.02, 1.04].map(showRatio)).toEqual(['1,200× slower', '50× faster', 'the same'])
  })

  it.each([
    ['no JSON', '{', 'sample is not JSON'],
    ['a list', '[]', 'no object'],
    ['no machine', '{"results":[{}]}', '"machine" is not a text'],
    ['nothing', '{"machine":"a","runtime":"b","results":[]}', 'has no results'],
    ['a result that is none', '{"machine":"a","runtime":"b","results":[7]}', 'result 0 is not an object'],
    ['a negative time', JSON.stringify({ ...SAMPLE, results: [{ ...SAMPLE.results[0], medianMs: -1 }] }), '"medianMs"'],
    ['a text for bytes', JSON.stringify({ ...SAMPLE, results: [{ ...SAMPLE.results[0], bytes: '9' }] }), '"bytes"'],
    ['a list of counts', JSON.stringify({ ...SAMPLE, results: [{ ...SAMPLE.results[0], counts: [] }] }), '"counts"'],
  ])('refuses %s', (_what, json, message) => {
    expect(() => readRecorded(json, 'sample')).toThrow(message)
  })
})
