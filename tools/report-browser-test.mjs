/** The report of the benchmarks in headless Chromium: at widths of phones and desks, in both schemes, it asks for nothing, fits and can be read. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
const WIDTHS = [360, 800, 1400]

const executablePath = PLACES.find(existsSync)
if (executablePath === undefined) {
  console.log('The report was not looked at: no Chromium found (install the package "chromium")')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

const compiled = new URL('../build/js/', import.meta.url)
const { readRecorded } = await import(new URL('bench/report/recorded.js', compiled))
const { writePage } = await import(new URL('bench/report/write.js', compiled))
const { SAMPLE } = await import(new URL('test/bench/report-sample.js', compiled))

/** Runs in the page: what is wrong with it. */
function faultsOfPage() {
  const faults = []
  if (document.title !== 'copath benchmarks') faults.push('a name was taken for markup')
  if (document.documentElement.scrollWidth > innerWidth)
    faults.push(`wider than the window: ${document.documentElement.scrollWidth}`)
  const light = color => {
    const [r, g, b] = color.match(/[\d.]+/g).map(part => {
      const c = Number(part) / 255
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const paper = light(getComputedStyle(document.body).backgroundColor)
  const contrast = color => (Math.max(light(color), paper) + 0.05) / (Math.min(light(color), paper) + 0.05)
  const figures = [...document.querySelectorAll('figure')]
  for (const figure of figures) {
    const svg = figure.querySelector('svg')
    const frame = svg.getBoundingClientRect()
    if (frame.width < 250 || frame.height < 60) faults.push(`${figure.id} is ${frame.width} x ${frame.height}`)
    const texts = [...svg.querySelectorAll('text')].filter(text => text.textContent !== '')
    for (const text of texts) {
      const box = text.getBoundingClientRect()
      if (
        box.left < frame.left - 1 ||
        box.right > frame.right + 1 ||
        box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1
      )
        faults.push(`${figure.id}: "${text.textContent}" is cut off`)
      if (box.height < 8) faults.push(`${figure.id}: "${text.textContent}" is ${box.height} high`)
      const { fill } = getComputedStyle(text)
      if (contrast(fill) < 4.5) faults.push(`${figure.id}: "${text.textContent}" has a contrast of ${contrast(fill)}`)
    }
    for (const mark of svg.querySelectorAll('[aria-label="line"],[aria-label="bar"] rect')) {
      const { stroke, fill } = getComputedStyle(mark)
      const color = stroke === 'none' ? fill : stroke
      if (contrast(color) < 3) faults.push(`${figure.id}: a mark has a contrast of ${contrast(color)}`)
    }
  }
  for (const text of document.querySelectorAll('p,li,dd,dt,figcaption,summary,td,th')) {
    if (contrast(getComputedStyle(text).color) < 4.5) faults.push(`"${text.textContent}" has too little contrast`)
  }
  return { faults, figures: figures.length, paper }
}

/** Runs in a page: whether these are XML and pictures. */
function faultsOfPictures(sources) {
  return sources.flatMap(source => {
    const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
    const isPicture = parsed.documentElement.namespaceURI === 'http://www.w3.org/2000/svg'
    const error = parsed.querySelector('parsererror')
    return isPicture && error === null ? [] : [error?.textContent ?? 'not an SVG']
  })
}

let failed = 0
function tell(what, faults) {
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${what}`)
  for (const fault of faults) console.log(`       ${fault}`)
  if (faults.length > 0) failed++
}

const folder = mkdtempSync(join(tmpdir(), 'copath-report-'))
const browser = await chromium.launch({ executablePath, args: FLAGS })
try {
  const { page: path, pictures } = await writePage(folder, [readRecorded(JSON.stringify(SAMPLE), 'the sample')])
  const address = pathToFileURL(path).href
  const papers = {}
  for (const colorScheme of ['light', 'dark']) {
    for (const width of WIDTHS) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
      const page = await context.newPage()
      const faults = []
      page.on('request', request => request.url() !== address && faults.push(`asks for ${request.url()}`))
      page.on('console', message => faults.push(message.text()))
      page.on('pageerror', error => faults.push(error.message))
      page.on('dialog', dialog => faults.push(`a dialog: ${dialog.message()}`) && dialog.dismiss())
      await page.goto(address)
      const found = await page.evaluate(faultsOfPage)
      papers[colorScheme] = found.paper
      faults.push(...found.faults)
      if (found.figures !== pictures.length) faults.push(`${found.figures} figures, ${pictures.length} pictures`)
      tell(`the report at ${width} px, ${colorScheme}`, faults)
      await context.close()
    }
  }
  tell('the schemes differ', papers.light > 0.9 && papers.dark < 0.1 ? [] : [JSON.stringify(papers)])
  const page = await browser.newPage()
  const files = readdirSync(join(folder, 'pictures')).map(name => readFileSync(join(folder, 'pictures', name), 'utf8'))
  tell(`${files.length} pictures are well-formed`, await page.evaluate(faultsOfPictures, files))
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
