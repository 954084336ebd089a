/** `copath vectors`: what it prints and returns, and that every kind of vectors can fail. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { generateKind } from '../../src/cli/vectors/generate/generate.ts'
import { Given } from '../../src/cli/vectors/given.ts'
import { privateKeyOf } from '../../src/cli/vectors/kind.ts'
import { KINDS, kindOf } from '../../src/cli/vectors/kinds.ts'
import { parseVectors } from '../../src/cli/vectors/parse.ts'
import { captureIo, copath } from './captured-io.ts'

const root = mkdtempSync(join(tmpdir(), 'copath-vectors-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
/** A folder with these files. */
function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

interface Json {
  readonly interrupted: boolean
  readonly totals: Readonly<Record<'files' | 'cases' | 'passed' | 'failed' | 'skipped', number>>
  readonly files: readonly {
    readonly file: string
    readonly kind?: string
    readonly passed: number
    readonly failed: number
    readonly skipped: number
    readonly reasons: Readonly<Record<string, number>>
    readonly failures: readonly {
      case?: number
      where?: string
      what: string
      expected?: string
      actual?: string
    }[]
  }[]
  readonly ignored: readonly string[]
}

async function jsonOf(folder: string): Promise<{ code: number; json: Json }> {
  const { code, stdout, stderr } = await copath(['vectors', folder, '--json'])
  if (code === 0) expect(stderr).toBe('')
  return { code, json: JSON.parse(stdout) as Json }
}

const header = (vlbytes_header: string, length: number) => ({ vlbytes_header, length })
const deserialization = [header('00', 0), header('3f', 63), header('4040', 64)]
const psk = { cipher_suite: 1, psks: [], psk_secret: '00'.repeat(32) }

describe('copath vectors', () => {
  it('prints a line for each file and a sum, and returns 0 where all holds', async () => {
    const folder = folderOf({ 'deserialization.json': deserialization, 'deep/er/psk_secret.json': [psk] })
    const { code, stdout, stderr } = await copath(['vectors', folder])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').map(line => line.trim().split(/\s+/))).toEqual([
      ['file', 'cases', 'passed', 'failed', 'skipped'],
      ['deep/er/psk_secret.json', '1', '1', '0', '0'],
      ['deserialization.json', '3', '3', '0', '0'],
      ['2', 'files', '4', '4', '0', '0'],
      [''],
    ])
  })

  it('says of the first failure where it is, what was expected and what came', async () => {
    const wrong = [psk, { ...psk, psk_secret: `${'00'.repeat(31)}01` }, { ...psk, psk_secret: '00' }]
    const folder = folderOf({ 'psk_secret.json': wrong })
    const { code, stdout } = await copath(['vectors', folder])
    expect(code).toBe(1)
    expect(stdout).toMatch(/psk_secret\.json +3 +1 +2 +0\n/)
    expect(stdout).toContain('    first failure: case 1 psk_secret differs from byte 31 on\n')
    expect(stdout).toContain(`      expected ${'00'.repeat(31)}01\n      came     ${'00'.repeat(32)}\n`)
    const { json } = await jsonOf(folder)
    expect(json.totals).toEqual({ files: 1, cases: 3, passed: 1, failed: 2, skipped: 0 })
    expect(json.files[0]!.failures.map(failure => failure.case)).toEqual([1, 2])
    expect(json.files[0]!.failures[1]!.what).toContain('(1 bytes expected, 32 came)')
  })

  it('skips suites that it does not know, and says so; alone they are no success', async () => {
    const foreign = { ...psk, cipher_suite: 0xf000 }
    const { code, json } = await jsonOf(folderOf({ 'psk_secret.json': [psk, foreign, foreign] }))
    expect(code).toBe(0)
    expect(json.files[0]).toMatchObject({
      passed: 1,
      skipped: 2,
      reasons: { 'cipher suite 61440 is none that copath knows': 2 },
    })
    const alone = await copath(['vectors', folderOf({ 'psk_secret.json': [foreign] })])
    expect(alone.code).toBe(1)
    expect(alone.stderr).toMatch(/Nothing in .+ could be run/)
  })

  it('survives files that are broken or strange', async () => {
    const folder = folderOf({
      'deserialization.json': deserialization,
      'treekem.json': '[{"cipher_suite": 1,',
      'welcome.json': 'null',
      'messages.json': '{"a": []}',
      'key-schedule.json': '[1, "two", null, [], {}]',
      'tree-math.json': '[]',
      'tree-validation.json': '\u0000\u0001 not JSON',
      'other.json': '{"testGroups": []}',
      'notes.txt': 'no vectors',
    })
    symlinkSync('nowhere', join(folder, 'psk_secret.json'))
    const { code, json } = await jsonOf(folder)
    expect(code).toBe(1)
    expect(json.ignored).toEqual(['other.json'])
    const failed = Object.fromEntries(json.files.map(({ file, failures }) => [file, failures.map(({ what }) => what)]))
    expect(failed).toEqual({
      'deserialization.json': [],
      'key-schedule.json': Array.from({ length: 5 }, () => expect.stringMatching(/^(should be|is missing)/)),
      'messages.json': [expect.stringMatching(/^is missing; it should be bytes/)],
      'psk_secret.json': [expect.stringContaining('does not exist')],
      'tree-math.json': [],
      'tree-validation.json': [expect.stringMatching(/^is not JSON: /)],
      'treekem.json': [expect.stringMatching(/^is not JSON: /)],
      'welcome.json': [expect.stringMatching(/^should be an object/)],
    })
    expect((await copath(['vectors', folder])).code).toBe(1)
  })

  it('says a sentence about values that are too many or too deep', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const folder = folderOf({
      'psk_secret.json': deep,
      'welcome.json': `[${'0,'.repeat(2_000)}0]`,
      'treekem.json': { cipher_suite: { a: deep } },
    })
    mkdirSync(join(folder, 'messages.json'))
    const { code, json } = await jsonOf(folder)
    expect(code).toBe(1)
    expect(json.files.map(({ file, failed, failures }) => [file, failed, failures.length])).toEqual([
      ['psk_secret.json', 1, 1],
      ['treekem.json', 1, 1],
      ['welcome.json', 2_001, 1_000],
    ])
    expect(json.files.map(({ failures }) => failures[0]!.what)).toEqual([
      'should be an object, not a list of 1',
      'should be a whole number up to 65535, not an object',
      'should be an object, not 0',
    ])
  })

  it('knows a file by any of its cases, also where optional fields are left out', async () => {
    const [one, two] = generateKind('passive-client-welcome', { seed: 'short', suites: [1] }) as Record<
      string,
      unknown
    >[]
    const short = ({ external_psks, epochs, ratchet_tree, ...rest }: Record<string, unknown>) =>
      ratchet_tree === null ? rest : { ...rest, ratchet_tree }
    const folder = folderOf({ 'a.json': [null, psk], 'b.json': [short(one!), short(two!)] })
    const { json } = await jsonOf(folder)
    expect(json.ignored).toEqual([])
    expect(json.files).toMatchObject([
      { kind: 'psk_secret', passed: 1, failed: 1 },
      { kind: 'passive-client-random', passed: 2, failed: 0 },
    ])
  })

  it('asks for a folder in a sentence where there is none', async () => {
    for (const [place, sentence] of [
      [join(root, 'nowhere'), 'does not exist. Name a folder of vector files.'],
      [folderOf({}), 'holds no JSON files.'],
    ] as const) {
      const { code, stderr, stdout } = await copath(['vectors', place, '--json'])
      expect(code).toBe(2)
      expect(stderr).toContain(sentence)
      expect(stderr).not.toContain(' at ')
      expect(JSON.parse(stdout)).toMatchObject({ totals: { files: 0 }, error: expect.stringContaining(sentence) })
    }
  })

  it('runs one file, and one case that is in no list', async () => {
    const folder = folderOf({ 'mine.json': psk })
    const { code, stdout } = await copath(['vectors', join(folder, 'mine.json')])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^mine\.json +1 +1 +0 +0$/m)
  })

  it('looks into files of other names and linked folders, and enters none twice', async () => {
    const folder = folderOf({
      'MLS psk': [psk],
      'vectors.txt': ` [\n{"vlbytes_header": "00", "length": 0}]`,
      'settings.jsonc': '{ "a": 1, // a remark\n }',
      'treekem.old': '{ "a": ',
      'README.md': '[link](x)',
    })
    symlinkSync(folder, join(folder, 'again'))
    symlinkSync(folderOf({ 'D.JSON': deserialization }), join(folder, 'linked'))
    const { json } = await jsonOf(folder)
    expect(json.files.map(({ file, passed, failed }) => [file, passed, failed])).toEqual([
      ['MLS psk', 1, 0],
      ['linked/D.JSON', 3, 0],
      ['treekem.old', 0, 1],
      ['vectors.txt', 1, 0],
    ])
    expect(json.ignored).toEqual(['settings.jsonc'])
  })

  it('runs tree operations as they were written before they named suite and hashes', async () => {
    const old = (generateKind('tree-operations', { seed: 'old', suites: [2] }) as Record<string, unknown>[])
      .filter((_, i) => i % 4 === 0)
      .map(({ cipher_suite, tree_hash_before, tree_hash_after, ...rest }) => rest)
    const { json } = await jsonOf(folderOf({ 'operations.json': [...old, { ...old[0], tree_before: '00' }] }))
    expect(json.files).toMatchObject([{ kind: 'tree-operations', passed: old.length, failed: 1 }])
    expect(json.files[0]!.failures[0]!.what).toContain('is missing, and the keys are of no suite')
  })

  it('takes messages without what MLSpp leaves out of them, and without nothing else', async () => {
    const [given] = generateKind('messages', { seed: 'empty', suites: [1] }) as Record<string, unknown>[]
    const { public_message_application: _, ...others } = given!
    const rest = { ...others, group_context_extensions_proposal: '' }
    const { json } = await jsonOf(
      folderOf({ 'messages.json': [rest, { ...rest, commit: '' }, { ...given, add_proposal: '' }] }),
    )
    expect(json.files).toMatchObject([{ passed: 1, failed: 2 }])
    const [commit, add] = json.files[0]!.failures
    expect([commit!.what, add!.what]).toEqual([
      expect.stringContaining('Commit.proposals'),
      expect.stringContaining('KeyPackage'),
    ])
  })

  it('takes trees that are not full in both of the ways in which they are numbered', async () => {
    const skipping = { n_leaves: 3, n_nodes: 5, root: 3, left: [null, 0, null, 1, null] }
    const one = {
      ...skipping,
      right: [null, 2, null, 4, null],
      parent: [1, 3, 1, null, 3],
      sibling: [2, 4, 0, null, 1],
    }
    const cut = {
      ...skipping,
      right: [null, 2, null, null, null],
      parent: [1, 3, 1, null, null],
      sibling: [2, null, 0, null, null],
    }
    const { json } = await jsonOf(
      folderOf({ 'tree-math.json': [one, cut, { ...cut, parent: one.parent }, { ...one, sibling: cut.sibling }] }),
    )
    expect(json.files).toMatchObject([{ passed: 2, failed: 2 }])
  })

  it('stops when interrupted, and says that it did', async () => {
    const io = captureIo()
    io.interrupt()
    const { code, stdout } = await copath(['vectors', folderOf({ 'psk_secret.json': [psk] })], io)
    expect(code).toBe(1)
    expect(stdout).toContain('Interrupted: the rest was not run.')
  })

  it('is a program', async () => {
    const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
    const main = path('dist/cli/main.js')
    const run = promisify(execFile)
    if (!existsSync(main)) await run(process.execPath, [path('tools/build-cli.mjs')])
    const { stdout } = await run(main, ['vectors', folderOf({ 'd.json': deserialization })])
    expect(stdout).toMatch(/^1 files +3 +3 +0 +0$/m)
    const wrong = run(main, ['vectors', folderOf({ 'd.json': [header('00', 1)] })])
    await expect(wrong).rejects.toMatchObject({ code: 1, stderr: '' })
    await expect(run(main, ['vectors', '--jsno'])).rejects.toMatchObject({ code: 2, stdout: '' })
  })
})

describe('files of vectors', () => {
  const sampleOf = (name: string) =>
    Object.fromEntries(KINDS.find(kind => kind.name === name)!.fields.map(field => [field, 0]))

  it('are recognised by name', () => {
    for (const kind of KINDS) {
      for (const name of [
        kind.name,
        `${kind.name}-suite2`,
        `openmls_${kind.name.replaceAll('-', '_')}`,
        kind.name.toUpperCase(),
      ]) {
        expect(kindOf(`deep/${name}.json`, {})?.name).toBe(kind.name)
      }
    }
    expect(kindOf('passive-client-welcome.json', {})?.name).toBe('passive-client-welcome')
    expect(kindOf('welcome.json', {})?.name).toBe('welcome')
    expect(kindOf('unwelcome.json', {})).toBeUndefined()
    // a name that only holds the word is none, where no field is one of the format
    expect(kindOf('configs/welcome_join.json', { scripts: {} })).toBeUndefined()
    expect(kindOf('targeted-messages.json', { cipher_suite: 1, targeted_message: '' })).toBeUndefined()
    expect(kindOf('psk_secret-old.json', { cipher_suite: 1, psks: [] })?.name).toBe('psk_secret')
    expect(kindOf('welcome.json', { scripts: {} })?.name).toBe('welcome')
  })

  it('are recognised by shape where the name says nothing, or another thing', () => {
    for (const { name } of KINDS) {
      const shaped = kindOf('vectors-17.json', sampleOf(name))?.name
      expect(shaped).toBe(name.startsWith('passive') ? 'passive-client-random' : name)
    }
    expect(kindOf('welcome-treekem.json', sampleOf('treekem'))?.name).toBe('treekem')
    expect(kindOf('welcome.json', sampleOf('passive-client-welcome'))?.name).toBe('passive-client-random')
    for (const strange of [undefined, null, 1, 'text', [], {}]) expect(kindOf('x.json', strange)).toBeUndefined()
  })
})

describe('values of vectors', () => {
  it('are read strictly', () => {
    const of = (value: unknown) => new Given({ x: value }).at('x')
    for (const wrong of ['0', '0g', ' 00', '0x00', 0, null, ['00'], undefined])
      expect(() => of(wrong).bytes()).toThrow()
    expect(toHex(of('00fFAb').bytes())).toBe('00ffab')
    for (const wrong of [-1, 1.5, 2 ** 32, '1', null, true]) expect(() => of(wrong).uint()).toThrow()
    for (const wrong of [-1, 2 ** 53, '', '0x1', '-1', '#18446744073709551616', '18446744073709551616', null])
      expect(() => of(wrong).uint64()).toThrow()
    expect(of('18446744073709551615').uint64()).toBe(2n ** 64n - 1n)
    expect(() => new Given('text').at('length')).toThrow('should be an object')
    expect(() => new Given({}).at('constructor').text()).toThrow('is missing')
  })

  it('may be whole numbers of 64 bits, which JSON.parse would round', () => {
    const text = String.raw`{"a": [18446744073709551615, 9007199254740993,1], "b\"12345678901234567890 ": ":12345678901234567890,", "c":12345678901234567890.5}`
    const parsed = parseVectors(text) as { a: unknown[] }
    expect(parsed.a.map(value => new Given(value).uint64())).toEqual([2n ** 64n - 1n, 2n ** 53n + 1n, 1n])
    expect({ ...parsed, a: 0 }).toEqual({ ...JSON.parse(text), a: 0 })
    expect(parseVectors('\ufeff[1]')).toEqual([1])
    expect(() => parseVectors('[1234567890123456789')).toThrow(SyntaxError)
  })

  it('may be private keys in the ways that generators write them', () => {
    const keyOf = (hex: string, publicKey?: Uint8Array) =>
      toHex(privateKeyOf(new Given(hex), { privateKeyLength: 4 }, publicKey))
    expect(keyOf('0102')).toBe('00000102')
    expect(keyOf('0001020304')).toBe('01020304')
    expect(keyOf('010203040506', fromHex('0506'))).toBe('01020304')
    expect(() => keyOf('010203040506', fromHex('0507'))).toThrow('should be a private key of 4 bytes, not 6')
    expect(() => keyOf('0102030405')).toThrow()
  })
})
