/** `copath vectors generate`: the same bytes for the same seed, accepted by our own runner and by others; and no check that cannot fail. */
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { GENERATED, generateKind } from '../../src/cli/vectors/generate/generate.ts'
import { Maker } from '../../src/cli/vectors/generate/maker.ts'
import { Given, Mismatch } from '../../src/cli/vectors/given.ts'
import { Skipped } from '../../src/cli/vectors/kind.ts'
import { KINDS } from '../../src/cli/vectors/kinds.ts'
import { runFile } from '../../src/cli/vectors/run.ts'
import { allSuites } from '../crypto/curve-backends.ts'
import { copath } from './captured-io.ts'

const root = mkdtempSync(join(tmpdir(), 'copath-generate-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const watch = { progress: () => {}, interrupted: new AbortController().signal }

type Json = { [name: string]: Json } | Json[] | string | number | null

/** The SHA-256 of each file that `--seed digest --suites 1,3` writes. They change when the wire format does, or the generator. */
const DIGESTS: Readonly<Record<string, string>> = {
  'crypto-basics.json': '37f265d09b7a7f5663010f0f56a1f92bb526108654dc454a60908d23bba92607',
  'deserialization.json': '0e9a36a3aab45a972f4d4f859fe40bf73557e13eaa76a398edc83f335a7adbd6',
  'key-schedule.json': 'd825ee105ccf970fb9014b4be4f9a582d8ffe2f3fe8b7b23d8314f4349dd36b5',
  'message-protection.json': '2a54b67d946829a378be4fcefe3d1cad8aae18a89ea6075ba2113a1cb73a271a',
  'messages.json': '992b57a209d04a4ed96c68998910d2634c4aaa7269cd9af62d5f4f872cf03413',
  'passive-client-handling-commit.json': '5ca91e3564e8033b567c70d684259e1b2f6d475d9d64feb1c396e698e1899228',
  'passive-client-random.json': '25d54b04af49066fcc0109f3d9165436852861c295f7b371b7c77d26f61a531f',
  'passive-client-welcome.json': 'f53922f6d92d16713c64044068f60557a5abde2fa3b3bb4b72c7b9c3403e9c0b',
  'psk_secret.json': 'b9074cacc9d992b76e687e8a7333f6ae0c8139e53f43326bcfe787ff9d3aea38',
  'secret-tree.json': '844f14768dc859a6424ab9af946ddbf6f4fb1fc0ee25070e18dac51956be3425',
  'transcript-hashes.json': '92cbb5826156c2d05e016f2ee620dc26656d6c47ca4ae399cc60be8e8b15af30',
  'tree-math.json': 'a45f929173117c23297a8ccf1bdaf322583c03e71522f34566f04a867fbba515',
  'tree-operations.json': '11f86f15aa890b414505a01b6add2d61f83b41cb3b74ada4253fa590155f983f',
  'tree-validation.json': 'b39582cec1e5101e52f8f0747a56ce3ffaa0cad4c39eeada85652b1c8e2ce2f6',
  'treekem.json': '9757c4de71046cdf07e851f6acceefb9a84c052cfab866dd4d5ecafad6350918',
  'welcome.json': '0b052c50f11ef36f1514802a03f952e90018e7e0c7f50eb9dac2c503ac3d9540',
}

describe('generated vectors', () => {
  const folder = join(root, 'digest')

  it('are the same for the same seed, and hold', async () => {
    const { code, stdout } = await copath([
      'vectors',
      'generate',
      folder,
      '--seed',
      'digest',
      '--suites',
      '3,1',
      '--json',
    ])
    expect(code).toBe(0)
    const { files } = JSON.parse(stdout) as { files: { file: string; cases: number }[] }
    expect(files.map(({ file }) => file)).toEqual(KINDS.map(({ name }) => `${name}.json`).sort())
    const digestOf = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
    expect(Object.fromEntries(readdirSync(folder).map(name => [name, digestOf(name)]))).toEqual(DIGESTS)

    const { code: ran, stdout: results } = await copath(['vectors', folder, '--json'])
    const { totals } = JSON.parse(results) as { totals: Record<string, number> }
    expect(ran).toBe(0)
    expect(totals).toEqual({
      files: 16,
      cases: files.reduce((sum, { cases }) => sum + cases, 0),
      passed: totals['cases'],
      failed: 0,
      skipped: 0,
    })
  })

  it('differ for different seeds', () => {
    const [a, b] = ['a', 'b'].map(seed => JSON.stringify(generateKind('welcome', { seed, suites: [1] })))
    expect(a).not.toBe(b)
  })

  it('of a suite do not depend on the other suites', () => {
    const alone = generateKind('psk_secret', { seed: 'x', suites: [3] })
    const both = generateKind('psk_secret', { seed: 'x', suites: [1, 3] })
    expect(both.slice(alone.length)).toEqual(alone)
  })

  it.each([2, 4, 5, 6, 7])('of suite %i are deterministic too, and hold', async suite => {
    for (const kind of ['crypto-basics', 'message-protection']) {
      const cases = generateKind(kind, { seed: 'more curves', suites: [suite] })
      expect(generateKind(kind, { seed: 'more curves', suites: [suite] })).toEqual(cases)
      expect(await runFile(`${kind}.json`, JSON.stringify(cases), watch)).toMatchObject({
        passed: cases.length,
        failed: 0,
      })
    }
  })

  it('of groups hold everything that happens in groups', async () => {
    const cases = [1, 2].flatMap(seed => generateKind('passive-client-random', { seed: `${seed}`, suites: [1] }))
    const epochs = cases.flatMap(vector => vector['epochs'] as { proposals: string[]; commit: string }[])
    const framing = (hex: string) => hex.slice(4, 8)
    const messages = epochs.flatMap(({ proposals, commit }) => [...proposals, commit])
    expect(new Set(messages.map(framing))).toEqual(new Set(['0001', '0002']))
    expect(epochs.some(({ proposals }) => proposals.length === 0)).toBe(true)
    expect(epochs.some(({ proposals }) => proposals.length > 1)).toBe(true)
    expect(cases.every(vector => (vector['external_psks'] as unknown[]).length > 1)).toBe(true)
    expect(await runFile('passive-client-random.json', JSON.stringify(cases), watch)).toMatchObject({ passed: 2 })
  })

  it('name clients in certificates that others can read, with the keys that sign their leaves', () => {
    for (const suite of [1, 2, 4, 5, 7]) {
      const maker = new Maker('certificates', suite)
      let client = maker.client()
      while (client.description.credential.credentialType !== 'x509') client = maker.client()
      const { credential, signer } = client.description
      const [own, issuer] = credential.certificates.map(({ certData }) => new X509Certificate(certData))
      expect([own!.verify(issuer!.publicKey), issuer!.verify(issuer!.publicKey)]).toEqual([true, true])
      const key = new Uint8Array(own!.publicKey.export({ type: 'spki', format: 'der' }))
      expect(toHex(key.subarray(-signer.publicKey.length))).toBe(toHex(signer.publicKey))
    }
  })

  it('never overwrite anything, and ask for suites that there are', async () => {
    const taken = join(root, 'taken')
    mkdirSync(taken)
    writeFileSync(join(taken, 'welcome.json'), 'precious')
    writeFileSync(join(root, 'file'), '')
    for (const [args, sentence] of [
      [[taken], 'has a welcome.json already. Name another folder.'],
      [[join(root, 'file')], 'is a file, not a folder.'],
      [[], 'OUT is missing.'],
      [[join(root, 'new'), '--suites', '1,8'], '--suites takes a whole number from 1 to 7, not "8".'],
      [[join(root, 'new'), '--sed', '1'], 'There is no option --sed. Did you mean --seed?'],
    ] as const) {
      const { code, stderr } = await copath(['vectors', 'generate', ...args])
      expect(code).toBe(2)
      expect(stderr).toContain(sentence)
    }
    expect(readFileSync(join(taken, 'welcome.json'), 'utf8')).toBe('precious')
    expect(existsSync(join(root, 'new'))).toBe(false)
  })
})

/** Every place in a JSON value, with what is there changed. Items of one list have one path. */
function* changes(value: Json, change: (hex: string) => string, path = ''): Generator<{ path: string; changed: Json }> {
  // suite 4 has other keys and another hash than suite 1
  if (typeof value === 'number') yield { path, changed: path === 'cipher_suite' ? 4 : value + 1 }
  else if (typeof value === 'string') {
    const isHex = /^(?:[0-9a-f]{2})+$/.test(value)
    if (value !== '') yield { path, changed: isHex ? change(value) : `${value}?` }
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const { path: at, changed } of changes(item, change, `${path}[]`)) {
        yield { path: at, changed: value.map((other, k) => (k === i ? changed : other)) }
      }
    }
  } else if (value !== null) {
    for (const [name, item] of Object.entries(value)) {
      for (const { path: at, changed } of changes(item, change, path === '' ? name : `${path}.${name}`)) {
        yield { path: at, changed: { ...value, [name]: changed } }
      }
    }
  }
}

function flipLast(hex: string): string {
  const bytes = fromHex(hex)
  bytes[bytes.length - 1]! ^= 1
  return toHex(bytes)
}

const PSKS = ['external_psks[].psk_id', 'external_psks[].psk']
/** Where a change need not be noticed: keys that no commit of the case asks for, proposals that the committer left out. */
const MAY_CHANGE: Readonly<Record<string, readonly string[]>> = {
  'passive-client-welcome': PSKS,
  'passive-client-handling-commit': PSKS,
  // what is beyond the sample of it that keys are derived from
  'secret-tree': ['sender_data.ciphertext'],
}
/** Small ones: each is checked once for each of its fields. */
const SAMPLES: Readonly<Record<string, number>> = {
  deserialization: 3,
  'secret-tree': 1,
  'tree-math': 2,
  'tree-validation': 1,
  treekem: 0,
}

describe('every check can fail', () => {
  const suites = allSuites()

  // the three kinds of passive clients are one check
  const kinds = KINDS.filter(({ name }) => name !== 'passive-client-random')
  it.each(kinds.map(kind => [kind.name, kind] as const))('%s: any changed field is noticed', (name, kind) => {
    const cases = generateKind(name, { seed: 'changes', suites: [1] })
    const sample = (name in SAMPLES ? cases[SAMPLES[name]!] : cases.at(-1)) as Json
    expect(() => kind.check(new Given(sample), suites)).not.toThrow()
    // of a structure by itself only the form can be wrong
    const change = name === 'messages' ? (hex: string) => `${hex}00` : flipLast
    const noticed = new Map<string, boolean>()
    for (const { path, changed } of changes(sample, change)) {
      let isNoticed = false
      try {
        kind.check(new Given(changed), suites)
      } catch (error) {
        isNoticed = error instanceof Mismatch || error instanceof RejectedError || error instanceof Skipped
      }
      noticed.set(path, isNoticed && (noticed.get(path) ?? true))
    }
    const unnoticed = [...noticed].filter(([path, is]) => !is && MAY_CHANGE[name]?.includes(path) !== true)
    expect(unnoticed).toEqual([])
    for (const field of kind.fields) {
      const isThere = !['null', '[]'].includes(JSON.stringify((sample as Record<string, Json>)[field]))
      expect([...noticed.keys()].some(path => path.startsWith(field))).toBe(isThere)
    }
  })

  it.each(GENERATED)('%s: a change makes the program fail', async name => {
    const cases = generateKind(name, { seed: 'changes', suites: [1] }) as Json[]
    const change = name === 'messages' ? (hex: string) => `${hex}00` : flipLast
    const all = [...changes(cases[0]!, change)]
    // the last place is an authenticator, a hash, a signature or the like
    const folder = join(root, `changed-${name}`)
    mkdirSync(folder)
    writeFileSync(join(folder, `${name}.json`), JSON.stringify([all.at(-1)!.changed, ...cases.slice(1)]))
    const { code, stdout } = await copath(['vectors', folder])
    expect(stdout).toMatch(/^ {4}first failure: case 0 /m)
    expect(code).toBe(1)
  })
})
