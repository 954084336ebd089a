/** `copath bench --report DIR`: a page and its pictures from the JSON of one or more runs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadCanvas, svgOf } from './canvas.ts'
import { sectionsOf } from './figures.ts'
import { pageHtml } from './page.ts'
import { schemeCss } from './palette.ts'
import { readmePictures } from './readme.ts'
import { type Recorded, readRecorded } from './recorded.ts'

export interface WrittenReport {
  readonly page: string
  readonly pictures: readonly string[]
}

export function readRuns(files: readonly string[]): Recorded[] {
  return files.map(file => readRecorded(readFileSync(file, 'utf8'), basename(file)))
}

/** Writes `index.html` and `pictures/*.svg`, each of which stands alone. */
export async function writePage(folder: string, runs: readonly Recorded[]): Promise<WrittenReport> {
  const canvas = await loadCanvas()
  const sections = sectionsOf(
    canvas,
    runs.flatMap(run => run.results),
  )
  const pictures = join(folder, 'pictures')
  mkdirSync(pictures, { recursive: true })
  const style = `${schemeCss('svg', 'both')}svg{color:var(--ink);background:var(--paper)}`
  const written = sections.flatMap(({ figures }) =>
    figures.map(({ id, picture }) => {
      const path = join(pictures, `${id}.svg`)
      writeFileSync(path, `${svgOf(picture, { id, style })}\n`)
      return path
    }),
  )
  const page = join(folder, 'index.html')
  writeFileSync(page, pageHtml(runs, sections))
  return { page, pictures: written }
}

/** Writes the pictures of the README; returns their paths. */
export async function writeReadmePictures(folder: string, runs: readonly Recorded[]): Promise<string[]> {
  const pictures = readmePictures(await loadCanvas(), runs)
  mkdirSync(folder, { recursive: true })
  return pictures.map(({ file, svg }) => {
    writeFileSync(join(folder, file), svg)
    return join(folder, file)
  })
}
