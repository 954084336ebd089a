/** copath/lean, as built: the same names, the same groups, and nothing of other packages. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../src/base/bytes.ts'
import * as copath from '../src/index.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
const file = `${project}dist/lean.js`

describe('copath/lean', () => {
  let lean: typeof copath
  beforeAll(async () => {
    if (!existsSync(file)) execFileSync('npm', ['run', 'build'], { cwd: project })
    lean = await import(file)
  })

  it('exports what copath exports', () => {
    expect(Object.keys(lean).sort()).toEqual(Object.keys(copath).sort())
  })

  it('imports nothing, at no time', () => {
    expect(readFileSync(file, 'utf8')).not.toMatch(/\bimport\s*[("'{*]|\brequire\s*\(|\bfrom\s*["']/)
  })

  it('shares groups with copath', () => {
    const alice = new copath.Client({ identity: 'alice' })
    const bob = new lean.Client({ identity: 'bob' })
    const atAlice = alice.createGroup()
    const { welcome } = atAlice.commit([{ type: 'add', keyPackage: bob.keyPackage() }])
    atAlice.accept()
    const atBob = bob.join(welcome!)
    expect(toHex(atBob.epochAuthenticator())).toBe(toHex(atAlice.epochAuthenticator()))
    expect(atAlice.process(atBob.encrypt(utf8('small')))).toMatchObject({ kind: 'message', data: utf8('small') })
  })

  it('serves from WebAssembly alone, and says so where that is forbidden', () => {
    expect(
      lean
        .defaultProvider()
        .choices()
        .map(({ backend }) => backend),
    ).not.toContain('noble')
    const whole = globalThis.WebAssembly
    try {
      globalThis.WebAssembly = undefined as unknown as typeof WebAssembly
      const provider = lean.createProvider()
      expect(() => new lean.Client({ identity: 'carol', provider })).toThrow(
        expect.objectContaining({ code: 'no-backend' }),
      )
    } finally {
      globalThis.WebAssembly = whole
    }
  })
})
