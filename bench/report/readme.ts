/** The two pictures of the README, each in a light and a dark file, from recorded runs. */
import { type Canvas, type Picture, svgOf } from './canvas.ts'
import { subjectsOf } from './figures.ts'
import { drawGrowth } from './growth.ts'
import { schemeCss } from './palette.ts'
import { drawRatios, type Ratio, ratiosOf } from './ratios.ts'
import { OURS, type Recorded, type RecordedResult } from './recorded.ts'
import { showMembers } from './text.ts'

const WIDTH = 400
/** What a group does every day; the order is that of the picture. Operations of peers in a suite of their own have it in their name. */
const COMMIT = 'commit: create'
const AT_WORK = [
  COMMIT,
  'commit: process',
  'add one: create',
  'join by the Welcome, full tree',
  'message of 1 KiB: encrypt',
]

const isOf = (operation: string, wanted: string): boolean =>
  operation === wanted || operation.startsWith(`${wanted}, suite `) || operation === wanted.replace(':', ', suite 3:')

export interface ReadmePicture {
  readonly file: string
  readonly svg: string
}

function inBothSchemes(picture: Picture, name: string, foot: string): ReadmePicture[] {
  return (['light', 'dark'] as const).map(scheme => {
    const style = `${schemeCss('svg', scheme)}svg{color:var(--ink);background:var(--paper)}`
    return { file: `${name}-${scheme}.svg`, svg: `${svgOf(picture, { id: name, style, foot })}\n` }
  })
}

/** Ratios between subjects of one run, never across runs, at one size; in other suites only of those who do not offer the first. */
function ratiosAt(runs: readonly Recorded[], members: number | undefined): Ratio[] {
  const ratios = AT_WORK.flatMap(wanted =>
    runs.flatMap(run =>
      ratiosOf(run.results.filter(r => r.medianMs > 0 && r.members === members && isOf(r.operation, wanted))),
    ),
  )
  const inSuite1 = new Set(ratios.filter(r => AT_WORK.includes(r.operation)).map(r => r.subject))
  return ratios.filter(r => AT_WORK.includes(r.operation) || !inSuite1.has(r.subject))
}

/** Throws when the runs do not hold what the pictures show. */
export function readmePictures(canvas: Canvas, runs: readonly Recorded[]): ReadmePicture[] {
  const results = runs
    .flatMap(run => run.results)
    .filter(r => r.medianMs > 0 && AT_WORK.some(wanted => isOf(r.operation, wanted)))
  const commits = results.filter(r => r.operation === COMMIT)
  const sizes = [...new Set(results.filter(r => r.subject !== OURS).map(r => r.members))].sort((a, b) => b - a)
  const [ratios, smaller] = [ratiosAt(runs, sizes[0]), ratiosAt(runs, sizes[1])]
  if (commits.length === 0) throw new Error(`No recorded run has "${COMMIT}": run npm run bench:record first.`)
  if (ratios.length === 0)
    throw new Error('No recorded run has peers: npm ci --prefix peers, then npm run bench:record.')
  const subjects = subjectsOf(results)
  const once = new Map([...commits].reverse().map(result => [`${result.subject} ${result.members}`, result]))
  const points = [...once.values()].map(({ subject, members, medianMs }: RecordedResult) => ({
    subject,
    members,
    value: medianMs,
  }))
  const foot = [
    ...new Set(runs.map(run => [run.runtime, run.machine, run.facts['date']].filter(Boolean).join(', '))),
  ].join('; ')
  const growth = drawGrowth(canvas, {
    ...{
      title: 'Renewing one’s keys: time to make a commit',
      unit: 'time',
      points,
      subjects,
      width: WIDTH,
      height: 300,
    },
  })
  const bars = drawRatios(canvas, {
    title: `Others beside copath, ${showMembers(sizes[0]!)} members, same run`,
    ratios,
    smaller,
    subjects,
    inGroups: false,
    width: WIDTH,
  })
  return [...inBothSchemes(growth, 'growth', foot), ...inBothSchemes(bars, 'ratios', foot)]
}
