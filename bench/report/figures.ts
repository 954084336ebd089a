/** Which pictures a set of results is worth, each with the table that says the same in figures. */
import type { Canvas, Picture } from './canvas.ts'
import { captionOfGrowth, drawGrowth, type Point } from './growth.ts'
import { drawRatios, type Ratio, ratiosOf } from './ratios.ts'
import { OURS, type RecordedResult } from './recorded.ts'
import { drawSizes, type Size } from './sizes.ts'
import { showBytes, showMembers, showRatio, showTime, slug } from './text.ts'

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Figure {
  readonly id: string
  readonly kind: 'growth' | 'ratios' | 'bytes' | 'memory'
  readonly picture: Picture
  readonly caption: string
  readonly table: Table
}

export interface Section {
  readonly scenario: string
  readonly title: string
  readonly figures: readonly Figure[]
  /** All rows of the scenario. */
  readonly table: Table
}

const TITLES: Readonly<Record<string, string>> = {
  primitives: 'Primitives: the crypto core beside what a user would pick instead',
  tree: 'The ratchet tree',
  group: 'Groups of RFC 9420',
  create: 'Founding: one commit adds everybody',
  join: 'Joining by a Welcome',
  commit: 'Making commits',
  process: 'Taking in commits',
  add: 'Adding one member',
  remove: 'Removing one member',
  messages: 'Application messages',
  state: 'The state of a member',
  profiles: 'Groups as they live, and the device that was away',
  compare: 'Protocols on the same work',
  codec: 'Encoding and decoding',
  art: 'Asynchronous Ratcheting Trees',
}
/** Scenarios whose "members" are the size of a batch. */
const WITHOUT_GROUP = new Set(['primitives', 'codec'])
/** Rows of one picture of ratios; more are put on the next, so that each fits a screen. */
const MOST_BARS = 16

/** Bytes that stay on the device; all others go over the wire. */
const isMemory = ({ operation, scenario }: RecordedResult): boolean =>
  /\b(memory|heap|rss|saved|snapshot|state|storage)\b/i.test(`${scenario} ${operation}`)

function growthTable(points: readonly Point[], unit: 'time' | 'bytes'): Table {
  const subjects = [...new Set(points.map(p => p.subject))]
  const sizes = [...new Set(points.map(p => p.members))].sort((a, b) => a - b)
  const rows = sizes.map(members => {
    const cells = subjects.map(subject => {
      const point = points.find(p => p.subject === subject && p.members === members)
      return point === undefined ? 'not measured' : (unit === 'time' ? showTime : showBytes)(point.value)
    })
    return [showMembers(members), ...cells]
  })
  return { head: ['members', ...subjects], rows }
}

function resultsTable(results: readonly RecordedResult[]): Table {
  const withBytes = results.some(r => r.bytes !== undefined)
  const withNotes = results.some(r => r.note !== undefined)
  const head = [
    'operation',
    'n',
    'subject',
    'median',
    'spread',
    ...(withBytes ? ['bytes'] : []),
    ...(withNotes ? ['note'] : []),
  ]
  const rows = results.map(r => [
    ...[r.operation, showMembers(r.members), r.subject, r.medianMs > 0 ? showTime(r.medianMs) : '–'],
    r.medianMs > 0 ? `${Math.round(100 * r.spread)} %` : '–',
    ...(withBytes ? [r.bytes === undefined ? '–' : showBytes(r.bytes)] : []),
    ...(withNotes ? [r.note ?? ''] : []),
  ])
  return { head, rows }
}

const RECEIVED = /\b(?:process|receive)\b/

function growthFigures(
  canvas: Canvas,
  results: readonly RecordedResult[],
  scenario: string,
  subjects: readonly string[],
): Figure[] {
  return [...new Set(results.map(r => r.operation))].flatMap(operation => {
    const rows = results.filter(r => r.operation === operation)
    const time = rows
      .filter(r => r.medianMs > 0)
      .map(r => ({ subject: r.subject, members: r.members, value: r.medianMs }))
    // what is received was drawn where it is sent
    const bytes = RECEIVED.test(operation)
      ? []
      : rows.flatMap(r => (r.bytes ? [{ subject: r.subject, members: r.members, value: r.bytes }] : []))
    const kind = rows.some(isMemory) ? 'memory' : 'bytes'
    const figure = (points: readonly Point[], unit: 'time' | 'bytes'): Figure[] => {
      if (new Set(points.map(p => p.members)).size < 2) return []
      const suffix = unit === 'time' ? '' : kind === 'memory' ? ' (bytes)' : ' (bytes on the wire)'
      return [
        {
          id: slug(`${scenario} ${operation} ${unit}`),
          kind: unit === 'time' ? 'growth' : kind,
          picture: drawGrowth(canvas, { title: `${operation}${suffix}`, unit, points, subjects }),
          caption: captionOfGrowth({ points, unit }),
          table: growthTable(points, unit),
        },
      ]
    }
    return [...figure(time, 'time'), ...figure(bytes, 'bytes')]
  })
}

/** Rows that belong together stay on one picture. */
function chunk(ratios: readonly Ratio[]): Ratio[][] {
  const chunks: Ratio[][] = [[]]
  for (const operation of new Set(ratios.map(r => r.operation))) {
    const rows = ratios.filter(r => r.operation === operation)
    if (chunks.at(-1)!.length > 0 && chunks.at(-1)!.length + rows.length > MOST_BARS) chunks.push([])
    chunks.at(-1)!.push(...rows)
  }
  return chunks.filter(rows => rows.length > 0)
}

function ratioFigures(
  canvas: Canvas,
  results: readonly RecordedResult[],
  scenario: string,
  subjects: readonly string[],
): Figure[] {
  const chunks = chunk(ratiosOf(results))
  return chunks.map((ratios, i) => ({
    id: slug(`${scenario} ratios ${i + 1}`),
    kind: 'ratios',
    picture: drawRatios(canvas, {
      title: `Others beside ${OURS}${chunks.length > 1 ? `, ${i + 1} of ${chunks.length}` : ''}`,
      ...{ ratios, subjects, inGroups: !WITHOUT_GROUP.has(scenario) },
    }),
    caption: `Median time of the others divided by ${OURS}'s in the same run, logarithmic. Bars to the right: ${OURS} is faster.`,
    table: {
      head: ['operation', 'n', 'subject', 'time', OURS, 'ratio'],
      rows: ratios.map(r => [
        ...[r.operation, showMembers(r.members), r.subject, showTime(r.theirs), showTime(r.ours), showRatio(r.ratio)],
      ]),
    },
  }))
}

/** Bytes of operations that were measured at one size only. */
function sizeFigures(
  canvas: Canvas,
  results: readonly RecordedResult[],
  scenario: string,
  subjects: readonly string[],
): Figure[] {
  const sized = results.filter(r => r.bytes !== undefined && r.bytes > 0)
  const once = sized.filter(r => new Set(sized.filter(s => s.operation === r.operation).map(s => s.members)).size === 1)
  return (['bytes', 'memory'] as const).flatMap(kind => {
    const sizes = once
      .filter(r => isMemory(r) === (kind === 'memory'))
      .map(({ operation, subject, members, bytes }): Size => ({ operation, subject, members, bytes: bytes! }))
    if (sizes.length === 0) return []
    const title = kind === 'memory' ? 'Memory and storage' : 'Bytes on the wire'
    return [
      {
        ...{ id: slug(`${scenario} ${kind}`), kind, picture: drawSizes(canvas, { title, sizes, subjects }) },
        caption: `${title}; linear, from zero.`,
        table: {
          head: ['operation', 'n', 'subject', 'bytes'],
          rows: sizes.map(s => [s.operation, showMembers(s.members), s.subject, s.bytes.toLocaleString('en')]),
        },
      },
    ]
  })
}

/** Every subject once, ours first, the others in the order of the results. */
export function subjectsOf(results: readonly RecordedResult[]): string[] {
  const all = [...new Set(results.map(r => r.subject))]
  return [...all.filter(s => s === OURS), ...all.filter(s => s !== OURS)]
}

/** Subjects of all scenarios that have another than ours in common with these rows: each looks the same in all of them. */
function familyOf(rows: readonly RecordedResult[], all: readonly RecordedResult[]): string[] {
  const others = new Set(subjectsOf(rows).filter(subject => subject !== OURS))
  const related = new Set(all.filter(r => others.has(r.subject)).map(r => r.scenario))
  return subjectsOf(all.filter(r => related.has(r.scenario) || rows.includes(r)))
}

export function sectionsOf(canvas: Canvas, results: readonly RecordedResult[]): Section[] {
  return [...new Set(results.map(r => r.scenario))].map(scenario => {
    const rows = results.filter(r => r.scenario === scenario)
    const subjects = familyOf(rows, results)
    const figures = [
      ...growthFigures(canvas, rows, scenario, subjects),
      ...ratioFigures(canvas, rows, scenario, subjects),
      ...sizeFigures(canvas, rows, scenario, subjects),
    ]
    const title = TITLES[scenario] ?? scenario.charAt(0).toUpperCase() + scenario.slice(1)
    return { scenario, title, figures, table: resultsTable(rows) }
  })
}
