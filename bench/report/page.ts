/** The page: one file with everything in it; no script, no font and no picture from elsewhere. */
import { svgOf } from './canvas.ts'
import type { Figure, Section, Table } from './figures.ts'
import { PAGE_CSS } from './page-style.ts'
import { ratiosOf } from './ratios.ts'
import { OURS, type Recorded, type RecordedResult } from './recorded.ts'
import { escapeMarkup as e, showMembers, showRatio, showTime, slug } from './text.ts'

const POLICY = "default-src 'none'; style-src 'unsafe-inline'"
const MOST_TILES = 6

function tableHtml({ head, rows }: Table, caption: string): string {
  const headings = head.map(title => `<th scope="col">${e(title)}</th>`).join('')
  const body = rows.map(([first, ...rest]) => {
    const cells = rest.map(cell => `<td>${e(cell)}</td>`).join('')
    return `<tr><th scope="row">${e(first ?? '')}</th>${cells}</tr>`
  })
  // a region that scrolls has to be reachable by keyboard
  const region = `<div class="scroll" role="region" tabindex="0" aria-label="${e(caption)}">`
  return `${region}<table><caption>${e(caption)}</caption><thead><tr>${headings}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

function figureHtml({ id, picture, caption, table }: Figure): string {
  return [
    `<figure id="${id}"><h3>${e(picture.title)}</h3>${svgOf(picture, { id: `svg-${id}` })}`,
    `<figcaption>${e(caption)}</figcaption>`,
    `<details><summary>As a table, and <a href="pictures/${id}.svg">as a file</a></summary>${tableHtml(table, picture.title)}</details></figure>`,
  ].join('')
}

function sectionHtml({ scenario, title, figures, table }: Section): string {
  const id = slug(scenario)
  return [
    `<section aria-labelledby="${id}"><h2 id="${id}">${e(title)}</h2>`,
    figures.length > 0 ? `<div class="figures">${figures.map(figureHtml).join('')}</div>` : '',
    `<details class="whole"${figures.length === 0 ? ' open' : ''}><summary>All ${table.rows.length} rows</summary>`,
    `${tableHtml(table, `${title}: all rows`)}</details></section>`,
  ].join('')
}

/** What groups do every day; a reader of a run that has none of it sees what can be compared. */
const EVERY_DAY = [
  ...['commit: create', 'commit: process', 'add one: create', 'remove one: create'],
  ...['join by the Welcome, full tree', 'message of 1 KiB: encrypt'],
]

/** What a reader wants first: ours at the largest size, and how far the others are. */
function tilesHtml(results: readonly RecordedResult[]): string {
  const ours = results.filter(r => r.subject === OURS && r.medianMs > 0)
  const largest = Math.max(0, ...ours.map(r => r.members))
  const ratios = ratiosOf(results)
  const nearest = (operation: string) =>
    ratios.filter(r => r.operation === operation).sort((a, b) => b.members - a.members || a.ratio - b.ratio)[0]
  const atLargest = ours.filter(r => r.members === largest)
  const everyDay = EVERY_DAY.flatMap(operation => atLargest.filter(r => r.operation === operation).slice(0, 1))
  // those that can be compared come before those that cannot
  const others = [...atLargest].sort((a, b) => Number(!nearest(a.operation)) - Number(!nearest(b.operation)))
  const chosen = (everyDay.length > 0 ? everyDay : others).slice(0, MOST_TILES)
  if (chosen.length === 0) return ''
  const tiles = chosen.map(r => {
    const near = nearest(r.operation)
    const beside =
      near === undefined
        ? ''
        : `<small>nearest at ${showMembers(near.members)}: ${e(near.subject)}, ${showRatio(near.ratio)}</small>`
    return `<li><b>${showTime(r.medianMs)}</b><span>${e(r.operation)}</span><small>${showMembers(r.members)} members</small>${beside}</li>`
  })
  return `<ul class="tiles">${tiles.join('')}</ul>`
}

function factsHtml(runs: readonly Recorded[]): string {
  const facts = new Map<string, Set<string>>()
  const add = (name: string, value: string): void => void facts.set(name, (facts.get(name) ?? new Set()).add(value))
  for (const run of runs) {
    add('machine', run.machine)
    add('runtime', run.runtime)
    for (const [name, value] of Object.entries(run.facts)) add(name, value)
  }
  const rows = [...facts].map(([name, values]) => `<dt>${e(name)}</dt><dd>${[...values].map(e).join('<br>')}</dd>`)
  return `<dl>${rows.join('')}</dl>`
}

function goalsHtml(runs: readonly Recorded[]): string {
  const verdicts = runs.flatMap(run => run.verdicts)
  if (verdicts.length === 0) return ''
  const rows = verdicts.map(v => [v.operation, v.subject, v.goal, v.measured, v.reached ? 'reached' : 'missed'])
  const reached = verdicts.filter(v => v.reached).length
  const table = tableHtml({ head: ['operation', 'subject', 'goal', 'measured', ''], rows }, 'Goals')
  return `<section aria-labelledby="goals"><h2 id="goals">Goals</h2><p class="lead">${reached} of ${verdicts.length} reached.</p><details><summary>Each goal</summary>${table}</details></section>`
}

function notesHtml(runs: readonly Recorded[]): string {
  const notes = [...new Set(runs.flatMap(run => run.notes))]
  if (notes.length === 0) return ''
  return `<section aria-labelledby="notes"><h2 id="notes">What is not here, and why</h2><ul>${notes.map(n => `<li>${e(n)}</li>`).join('')}</ul></section>`
}

export function pageHtml(runs: readonly Recorded[], sections: readonly Section[]): string {
  const links = sections.map(
    ({ scenario, title }) => `<li><a href="#${slug(scenario)}">${e(title.split(':')[0]!)}</a></li>`,
  )
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>copath benchmarks</title><style>${PAGE_CSS}</style></head><body>`,
    '<header><h1>copath benchmarks</h1>',
    '<p class="lead">Medians of interleaved rounds in one process. Every subject was verified before it was timed; setting up is not timed. ',
    'Both axes of the curves are logarithmic: a straight line is a power of the number of members, its slope the exponent.</p>',
    `${factsHtml(runs)}${tilesHtml(runs.flatMap(run => run.results))}`,
    `<nav aria-label="Scenarios"><ul>${links.join('')}</ul></nav></header>`,
    `<main>${sections.map(sectionHtml).join('')}${goalsHtml(runs)}${notesHtml(runs)}</main>`,
    '<footer>Written by <code>copath bench --report</code>. How it is measured and how to repeat it: docs/benchmarks.md.</footer>',
    '</body></html>\n',
  ].join('')
}
