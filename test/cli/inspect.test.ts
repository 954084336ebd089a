/** copath inspect: all that is in the working group's messages is printed; whatever is broken is told, never thrown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { readInput } from '../../src/cli/inspect/input.ts'
import { inspect, isBad, toJson } from '../../src/cli/inspect/report.ts'
import { SECTIONS } from '../../src/cli/inspect/sections.ts'
import { findType, SECRET_FIELDS, TYPE_NAMES } from '../../src/cli/inspect/types.ts'
import type { Annotation } from '../../src/codec/annotate.ts'
import { type Codec, encode } from '../../src/codec/codec.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { LeafNode } from '../../src/mls/leaf-node.ts'
import { ExtensionType } from '../../src/mls/registries.ts'
import { StudyTree } from '../../src/mls/study-tree.ts'
import { RatchetTree } from '../../src/mls/tree-structs.ts'
import { expectComplete } from '../codec/complete.ts'
import { NAMED_CODECS } from '../mls/all-structs.ts'
import { LIFETIME, TestClient, TestGroup } from '../mls/group-world.ts'
import { describeVectors } from '../vectors/locate.ts'
import { copath } from './captured-io.ts'

const suite = defaultProvider().suite(1)
const NOW = 1_500n
const look = (bytes: Uint8Array, wanted?: Codec<unknown>, full = false) =>
  inspect(bytes, { wanted, full, now: NOW, place: undefined })

let folder = ''
beforeAll(() => {
  vi.stubEnv('LC_ALL', 'C.UTF-8')
  folder = mkdtempSync(join(tmpdir(), 'copath-inspect-'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function fileOf(content: Uint8Array | string): string {
  const file = join(folder, 'file')
  writeFileSync(file, content)
  return file
}

/** The value as JSON would show it: what the annotation has at every place of the decoded value. */
function leaves(at: Annotation): string[] {
  const { content } = at
  if (content.kind === 'bytes' && at.children.length === 0) return [`${at.name}=${toHex(content.bytes)}`]
  if (content.kind === 'number') return [`${at.name}=${content.value}`]
  if (content.kind === 'enumeration') return [`${at.name}=${content.number}`]
  return at.children.flatMap(leaves)
}

const client = (seed: number): TestClient => new TestClient(suite, seed)
const group = TestGroup.of([client(1), client(2), client(3)])
const messages = {
  keyPackage: client(9).keyPackage(),
  groupInfo: group.groups[0]!.groupInfo(),
  tree: group.groups[0]!.ratchetTree(),
  privateMessage: group.groups[0]!.encrypt(utf8('hello')),
}

describeVectors<Record<string, string>[]>('mls/messages.json', cases => {
  const forced: Record<string, string> = {
    add_proposal: 'Add',
    update_proposal: 'Update',
    remove_proposal: 'Remove',
    pre_shared_key_proposal: 'PreSharedKey',
    re_init_proposal: 'ReInit',
    external_init_proposal: 'ExternalInit',
    group_context_extensions_proposal: 'GroupContextExtensions',
    commit: 'Commit',
    ratchet_tree: 'ratchet_tree',
    group_secrets: 'GroupSecrets',
  }

  it.each(Object.keys(cases[0]!))('%s: every byte is in some field, and every field is printed', async name => {
    for (const entry of cases.slice(0, 100)) {
      const bytes = fromHex(entry[name]!)
      const wanted = findType(forced[name] ?? 'MLSMessage')!
      const { root, problem, checks } = look(bytes, wanted, true)
      expect(problem).toBeUndefined()
      expect([root.start, root.end]).toEqual([0, bytes.length])
      expectComplete(root)
      expect(checks.filter(({ verdict, what }) => verdict === 'bad' && !what.includes('lifetime'))).toEqual([])
      // what is read without a hint is the same, unless the type has no outer mark
      if (forced[name] === undefined) expect(look(bytes).type).toBe('MLSMessage')
    }
    const bytes = fromHex(cases[1]![name]!)
    const { stdout: out } = await copath(['inspect', fileOf(bytes), '--full', '--type', forced[name] ?? 'MLSMessage'])
    for (const line of leaves(look(bytes, findType(forced[name] ?? 'MLSMessage')).root)) {
      const [field, value = ''] = line.split('=')
      if (field!.startsWith('[')) continue
      expect(out).toContain(field!)
      const isSecret = [...SECRET_FIELDS].some(secret => secret.endsWith(`.${field}`))
      if (value.length > 8) expect(out.replace(/\s+/g, '').includes(value)).toBe(!isSecret)
    }
  })
})

describe('copath inspect', () => {
  it('knows the section of every type, and can name every type that it prints', () => {
    const drafts = ['SelfRemove']
    for (const { syntax } of NAMED_CODECS) {
      if (!drafts.includes(syntax.before)) expect(SECTIONS, syntax.before).toHaveProperty(syntax.before)
    }
    for (const name of TYPE_NAMES) expect(findType(name.toLowerCase().replaceAll('_', '-'))).toBe(findType(name))
    expect(new Set(TYPE_NAMES).size).toBe(TYPE_NAMES.length)
    for (const codec of NAMED_CODECS) expect(codec.shape, codec.syntax.before).toBeDefined()
  })

  it('prints a leaf field by field', async () => {
    const leaf = encode(LeafNode, {
      encryptionKey: new Uint8Array(32).fill(1),
      signatureKey: new Uint8Array(2).fill(2),
      credential: { credentialType: 'basic', identity: utf8('Ann\u001b[31m') },
      capabilities: {
        versions: [1],
        cipherSuites: [1, 0x1a1a, 0xf001, 99],
        extensions: [],
        proposals: [],
        credentials: [1],
      },
      leafNodeSource: 'key_package',
      lifetime: { notBefore: 1_700_000_000n, notAfter: 2n ** 64n - 1n },
      extensions: [{ extensionType: ExtensionType.of.application_id, extensionData: Uint8Array.of(0) }],
      signature: utf8('signature'),
    })
    const { code, stdout: out, stderr: err } = await copath(['inspect', fileOf(toHex(leaf))])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out.split('\n').slice(2, -5)).toEqual([
      'offset    size  field      (§ sections of RFC 9420)',
      '     0      96  LeafNode  §7.2',
      '     0      33    encryption_key    32 bytes  010101010101010101010101…01010101',
      '    33       3    signature_key     2 bytes  0202',
      '    36      11    credential        Credential  §5.3',
      '    36       2      credential_type  basic (1)',
      '    38       9      identity         8 bytes  416e6e1b5b33316d',
      '    47      17    capabilities      Capabilities  §7.2',
      '    47       3      versions       mls10 (1)',
      '    50       9      cipher_suites  4 elements',
      '    51       2        [0]  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (1)',
      '    53       2        [1]  GREASE (0x1a1a)',
      '    55       2        [2]  private use (0xf001)',
      '    57       2        [3]  unknown (0x0063)',
      '    59       1      extensions     empty',
      '    60       1      proposals      empty',
      '    61       3      credentials    basic (1)',
      '    64       1    leaf_node_source  key_package (1)',
      '    65      16    lifetime          Lifetime  §7.2',
      '    65       8      not_before  1700000000  2023-11-14T22:13:20Z',
      '    73       8      not_after   18446744073709551615  never ends',
      '    81       5    extensions        1 element',
      '    82       4      [0]  Extension  §7.2',
      '    82       2        extension_type  application_id (1)',
      '    84       2        extension_data  1 byte  00',
      '    85       1          application_id  §5.3.3  empty',
      '    86      10    signature         9 bytes  "signature"  7369676e6174757265',
    ])
  })

  it('checks what can be checked without secrets', () => {
    const verdicts = (bytes: Uint8Array) => Object.fromEntries(look(bytes).checks.map(c => [c.what, c.verdict]))
    expect(verdicts(messages.keyPackage)).toEqual({
      'signature of the key package': 'good',
      'leaf made for a key package, init key of its own': 'good',
      'signature of the leaf': 'good',
      'keys have the form of the suite': 'good',
      'leaf supports its own credential and extensions': 'good',
      'the time is within the lifetime': 'good',
    })
    expect(verdicts(messages.groupInfo)).toEqual({
      'signature of the group info': 'good',
      'nodes in their places, keys valid and unique': 'good',
      'unmerged leaves are in order and consistent': 'good',
      'parent hashes tie every node to one below': 'good',
      'tree hash is that of the group context': 'good',
      'signatures of the leaves': 'good',
    })
    expect(verdicts(messages.tree)).toMatchObject({ 'tree hash': 'good', 'signatures of the leaves': 'good' })
    expect(verdicts(messages.privateMessage)).toEqual({ content: 'unknown' })
    expect(look(messages.groupInfo).drawing).toContain('client 2')
    const late = inspect(messages.keyPackage, {
      wanted: undefined,
      full: false,
      now: LIFETIME.notAfter + 1n,
      place: undefined,
    })
    expect(late.checks.find(({ verdict }) => verdict === 'bad')?.what).toBe('the time is within the lifetime')
    expect(isBad(late)).toBe(true)
  })

  it('finds what was changed', () => {
    const changed = (at: number): string[] => {
      const bytes = messages.groupInfo.slice()
      bytes[at]! ^= 1
      return look(bytes)
        .checks.filter(({ verdict }) => verdict === 'bad')
        .map(({ what }) => what)
    }
    // the last byte of the signature; one of the confirmation tag; one of the tree hash
    expect(changed(messages.groupInfo.length - 1)).toEqual(['signature of the group info'])
    const { root } = look(messages.groupInfo)
    const context = root.children[2]!.children.find(({ name }) => name === 'group_context')!
    const treeHash = context.children.find(({ name }) => name === 'tree_hash')!
    expect(changed(treeHash.end - 1)).toContain('tree hash is that of the group context')
  })

  it('checks the leaf of a commit with its place in the group', () => {
    const public3 = TestGroup.of([4, 5].map(seed => new TestClient(suite, seed, { handshake: 'public' })))
    const { commit } = public3.groups[0]!.commit()
    const { checks, type } = look(commit)
    expect(type).toBe('MLSMessage')
    expect(checks.find(({ what }) => what === 'path: signature of the leaf')?.verdict).toBe('good')
  })

  it('reads all forms of writing', async () => {
    const { keyPackage } = messages
    const base64 = Buffer.from(keyPackage).toString('base64')
    const forms: [string, string | Uint8Array][] = [
      ['binary', keyPackage],
      ['hex', `0x${toHex(keyPackage)}\n`],
      ['hex', toHex(keyPackage).toUpperCase().replace(/(..)/g, '$1:').slice(0, -1)],
      ['base64', base64.replace(/.{64}/g, '$&\r\n')],
      ['base64', base64.replace(/=+$/, '')],
      ['base64url', Buffer.from(keyPackage).toString('base64url')],
      ['pem', `a comment\n-----BEGIN MLS KEY PACKAGE-----\n${base64}\n-----END MLS KEY PACKAGE-----\n`],
    ]
    for (const [form, content] of forms) {
      const { stdout: out } = await copath(['inspect', fileOf(content), '--json'])
      // a text of base64 without the two letters that differ is both
      expect(JSON.parse(out)).toMatchObject({ type: 'KeyPackage', size: keyPackage.length })
      if (form !== 'base64url') expect(JSON.parse(out).form).toBe(form)
    }
    for (const [content, sentence] of [
      ['', '0 bytes'],
      ['{"not": "hexadecimal"}', 'neither hexadecimal'],
      ['-----BEGIN MLS-----\nAAAA\n', 'no matching END'],
      ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'secret'],
      ['-----BEGIN A-----\nAA*A\n-----END A-----', 'not base64'],
      ['-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\nAAAA\n-----END B-----', 'several'],
    ] as const) {
      const { code, stderr: err } = await copath(['inspect', fileOf(content)])
      expect([code, err]).toEqual([1, expect.stringContaining(sentence)])
    }
    expect(() => readInput(utf8('zz'), 'hex')).toThrow('not hex')
    expect(() => readInput(Uint8Array.of(0, 1), 'hex')).toThrow('not text')
    expect(readInput(utf8('00'), 'binary').bytes).toEqual(utf8('00'))
  })

  it('says where decoding failed and why, and prints nothing of what it does not know', async () => {
    const cut = messages.groupInfo.subarray(0, 60)
    const { code, stdout: out, stderr: err } = await copath(['inspect', fileOf(cut)])
    expect(code).toBe(1)
    expect(out).toContain('group_id')
    expect(err).toMatch(/It does not decode at offset \d+, in MLSMessage\.group_info\.group_context\.\w+\n/)
    const secret = new Uint8Array(48).fill(0xcd)
    const unknown = await copath(['inspect', fileOf(secret)])
    expect(unknown.code).toBe(1)
    expect(unknown.stdout).toContain('nothing that is known here')
    expect(unknown.stdout + unknown.stderr).not.toContain('cdcd')
  })

  it('never prints secrets', async () => {
    const secrets = encode(findType('GroupSecrets')!, {
      joinerSecret: new Uint8Array(32).fill(0xcd),
      pathSecret: { pathSecret: new Uint8Array(32).fill(0xcd) },
      psks: [],
    })
    for (const args of [[], ['--full'], ['--json']]) {
      const { stdout: out, code } = await copath(['inspect', fileOf(secrets), ...args])
      expect(code).toBe(0)
      expect(out).toContain('joiner_secret')
      expect(out).not.toContain('cdcdcd')
    }
  })

  it('refuses wrong usage with what is possible', async () => {
    for (const [args, sentence] of [
      [[], 'FILE is missing'],
      [['a', 'b'], 'one argument too many'],
      [['a', '--fulll'], '--full'],
      [[join(folder, 'nowhere')], 'does not exist'],
      [[folder], 'is a folder'],
      [['a', '--type', 'Nonsense'], 'KeyPackage'],
      [['a', '--from', 'octal'], 'base64url'],
      [['a', '--group-id', 'xyz'], 'hexadecimal'],
      [['a', '--leaf-index', '1'], '--group-id'],
      [['a', '--group-id', '00', '--leaf-index', 'x'], 'number'],
    ] as const) {
      const { code, stdout, stderr } = await copath(['inspect', ...args])
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(sentence)
    }
  })

  it('never fails on hostile input, and JSON always can be made', () => {
    const samples = Object.values(messages)
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 4 }), fc.nat(4000))
      .map(([sample, changes, cut]) => {
        const bytes = sample.slice(0, cut < 3000 ? sample.length : cut % sample.length)
        for (const [at, byte] of changes) bytes[at % Math.max(1, bytes.length)] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), bytes => {
        const report = look(bytes)
        JSON.stringify(toJson(report.root))
        if (report.problem === undefined) expectComplete(report.root)
      }),
      { numRuns: 400 },
    )
  })

  it('prints half a million fields and counts the rest', async () => {
    const blanks = new Uint8Array(4 + 600_000)
    new DataView(blanks.buffer).setUint32(0, 0x80000000 + 600_000)
    const { code, stdout } = await copath(['inspect', fileOf(blanks), '--full'])
    expect(code).toBe(0)
    expect(stdout).toContain('600,000 elements')
    // the root is one of them
    expect(stdout).toContain('… 100,001 more, checked but not shown')
  })

  it('stays bounded on large and deep input', () => {
    // one vector of millions of numbers: checked, not kept
    const many = encode(findType('RequiredCapabilities')!, {
      extensionTypes: new Array<number>(2_000_000).fill(7),
      proposalTypes: [],
      credentialTypes: [],
    })
    const wide = look(many, findType('RequiredCapabilities'), true)
    expect(wide.problem).toBeUndefined()
    expect(wide.root.children[0]!.children.length).toBeLessThanOrEqual(500_000)
    expect(look(many, findType('RequiredCapabilities')).root.children[0]!.children).toHaveLength(64)
    // a tree of blanks, wider than any group
    const blanks = new Uint8Array(4 + 3_000_000)
    new DataView(blanks.buffer).setUint32(0, 0x80000000 + 3_000_000)
    expect(look(blanks).checks[0]).toMatchObject({ what: 'tree', verdict: 'unknown' })
    expect(look(blanks).drawing).toBeUndefined()
    // extensions with trees with leaves with extensions: looked into to a depth that ends
    let tree = encode(RatchetTree, [])
    for (let depth = 0; depth < 50; depth++) {
      const leafNode = {
        ...StudyTree.build(1).leafNode(0),
        extensions: [{ extensionType: ExtensionType.of.ratchet_tree, extensionData: tree }],
      }
      tree = encode(RatchetTree, [{ nodeType: 'leaf', leafNode }])
    }
    const depthOf = (at: Annotation): number => 1 + Math.max(0, ...at.children.map(depthOf))
    expect(depthOf(look(tree, RatchetTree).root)).toBeLessThan(40)
  })

  it('reads standard input', async () => {
    const input = vi.spyOn(process, 'stdin', 'get')
    for (const name of ['keyPackage', 'groupInfo'] as const) {
      const halves = [messages[name].slice(0, 10), messages[name].slice(10)].map(part => Buffer.from(part))
      input.mockReturnValue(Readable.from(halves) as unknown as typeof process.stdin)
      const { code, stdout } = await copath(['inspect', '-', '--json'])
      expect([code === 0, JSON.parse(stdout).size]).toEqual([name === 'groupInfo', messages[name].length])
    }
    input.mockRestore()
  })

  it('verifies leaves that were signed in a group, once it is told which', async () => {
    await copath(['inspect', fileOf(messages.tree)])
    const groupId = toHex(group.groups[0]!.groupId)
    const told = await copath(['inspect', fileOf(messages.tree), '--group-id', groupId])
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('signatures of the leaves §7.3: 3 of 3')])
    const untold = await copath(['inspect', fileOf(messages.tree)])
    expect(untold.stdout).toContain('2 of 3; the others cover the group id')
    const wrong = await copath(['inspect', fileOf(messages.tree), '--group-id', 'ffff'])
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('those of 1 do not verify: leaves 0')])
  })

  it('bare group infos are recognised as well', () => {
    const message = look(messages.groupInfo).root
    const bare = messages.groupInfo.slice(message.children[2]!.start)
    expect(look(bare).type).toBe('GroupInfo')
    expect(look(bare).checks.every(({ verdict }) => verdict === 'good')).toBe(true)
  })
})
