/** The README's code and the examples run as they are written, on the built package. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const project = fileURLToPath(new URL('..', import.meta.url))

function run(file: string): string {
  return execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8' })
}

describe('examples', () => {
  beforeAll(() => {
    if (!existsSync(join(project, 'dist'))) execFileSync('npm', ['run', 'build'], { cwd: project })
  })

  it('the README’s code says hello', () => {
    const readme = readFileSync(join(project, 'README.md'), 'utf8')
    const [, code] = /```js\n([\s\S]*?)```/.exec(readme)!
    // inside the project, so that its own name resolves
    const folder = mkdtempSync(join(project, 'build/readme-'))
    try {
      writeFileSync(join(folder, 'example.mjs'), code!)
      expect(run(join(folder, 'example.mjs'))).toBe('hello, everybody\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(readdirSync(join(project, 'examples')).filter(file => file.endsWith('.mjs')))('%s', file => {
    expect(run(join(project, 'examples', file)).length).toBeGreaterThan(10)
  })
})
