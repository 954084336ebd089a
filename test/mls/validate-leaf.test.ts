/** RFC 9420 section 7.3 put together: leaves that join a tree or take another's place in it; each correctly signed. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { GroupTree } from '../../src/mls/group-tree.ts'
import type { LeafNode } from '../../src/mls/leaf-node.ts'
import type { LeafContent } from '../../src/mls/leaf-signature.ts'
import { type LeafSurroundings, validateAddedLeaf, validateReplacedLeaf } from '../../src/mls/validate-leaf.ts'
import type { LeafIndex } from '../../src/tree/math.ts'
import { CAPABILITIES, keyPairOf, makeLeaf, signerOf } from './leaves.ts'

const suite = defaultProvider().suite(1)
const groupId = utf8('group')
const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }
const fresh = keyPairOf(suite, 99).publicKey

function groupOf(members: readonly LeafNode[]): LeafSurroundings {
  const staged = new GroupTree(suite).stage()
  for (const leaf of members) staged.add(leaf)
  return { suite, group, summary: staged.summary, keys: staged, lifetime: { now: 1500n, longest: 1000n } }
}

const members = [0, 1, 2].map(seed => makeLeaf(suite, seed))
const tree = groupOf(members)

function rejection(body: () => void): unknown {
  try {
    body()
    return undefined
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return { code: error.code, ...error.details }
  }
}

const caps = (changes: Partial<typeof CAPABILITIES>) => ({ capabilities: { ...CAPABILITIES, ...changes } })
const strange = { credentialType: 'unknown', credentialTypeValue: 9, content: utf8('?') } as const

describe('a leaf that is added', () => {
  const added = (changes: Partial<LeafContent>, surroundings = tree) =>
    rejection(() => validateAddedLeaf(makeLeaf(suite, 7, changes, { groupId, leafIndex: 3 }), surroundings))

  it('is accepted, and again where it was verified before', () => {
    expect(added({})).toBeUndefined()
    const unsigned = { ...makeLeaf(suite, 7), signature: new Uint8Array(64) }
    expect(rejection(() => validateAddedLeaf(unsigned, tree, { where: { leaf: 3 } }))).toEqual({
      code: 'invalid-signature',
      leaf: 3,
    })
    expect(rejection(() => validateAddedLeaf(unsigned, tree, { signatureVerified: true }))).toBeUndefined()
  })

  it.each<[string, Partial<LeafContent>, unknown]>([
    [
      'of another source',
      { leafNodeSource: 'update' },
      { code: 'wrong-leaf-source', expected: 'key_package', got: 'update' },
    ],
    ['with a useless key', { encryptionKey: new Uint8Array(32) }, { code: 'low-order-point' }],
    [
      'whose credential it does not list',
      { credential: strange },
      { code: 'missing-capability', list: 'credentials', type: 9 },
    ],
    [
      'whose credential others do not list',
      { credential: strange, ...caps({ credentials: [1, 9] }) },
      { code: 'unsupported-credential', type: 9 },
    ],
    [
      'that does not list the credentials of others',
      { credential: { credentialType: 'x509', certificates: [] }, ...caps({ credentials: [2] }) },
      { code: 'missing-capability', list: 'credentials', type: 1 },
    ],
    ['for another suite', caps({ cipherSuites: [3] }), { code: 'missing-capability', list: 'cipher_suites', type: 1 }],
    [
      'with an extension that it does not list',
      { extensions: [{ extensionType: 0xf00d, extensionData: groupId }] },
      { code: 'missing-capability', list: 'extensions', type: 0xf00d },
    ],
    [
      'that has expired',
      { lifetime: { notBefore: 1n, notAfter: 2n } } as Partial<LeafContent>,
      { code: 'outside-lifetime' },
    ],
    [
      "with a member's encryption key",
      { encryptionKey: members[1]!.encryptionKey },
      { code: 'duplicate-key', field: 'encryption_key' },
    ],
  ])('%s', (_, changes, expected) => {
    expect(added(changes)).toEqual(expected)
  })

  it("with a member's signature key", () => {
    const again = makeLeaf(suite, 1, { encryptionKey: fresh })
    expect(rejection(() => validateAddedLeaf(again, tree))).toEqual({ code: 'duplicate-key', field: 'signature_key' })
  })

  it('that lacks what the group demands, or that the application refuses', () => {
    const required = { extensionTypes: [], proposalTypes: [77], credentialTypes: [] }
    expect(added({}, { ...tree, group: { ...group, required } })).toEqual({
      code: 'missing-capability',
      list: 'proposals',
      type: 77,
    })
    const checkCredential = () => {
      throw new RejectedError('unsupported-credential')
    }
    expect(added({}, { ...tree, checkCredential })).toEqual({ code: 'unsupported-credential' })
  })
})

describe('a leaf that takes the place of another', () => {
  const place = { groupId, leafIndex: 1 }
  const changed = (changes: Partial<LeafContent>, surroundings = tree, seed = 1) => {
    const leaf = makeLeaf(suite, seed, { leafNodeSource: 'update', encryptionKey: fresh, ...changes }, place)
    return rejection(() => validateReplacedLeaf(leaf, 'update', surroundings, { replaced: members[1]!, place }))
  }

  it('is accepted with the old signature key or a new one', () => {
    expect(changed({})).toBeUndefined()
    expect(changed({}, tree, 8)).toBeUndefined()
    const leaf = makeLeaf(suite, 1, { leafNodeSource: 'commit', parentHash: groupId, encryptionKey: fresh }, place)
    expect(
      rejection(() => validateReplacedLeaf(leaf, 'commit', tree, { replaced: members[1]!, place })),
    ).toBeUndefined()
  })

  it.each<[string, Partial<LeafContent>, unknown]>([
    [
      'of another source',
      { leafNodeSource: 'key_package' },
      { code: 'wrong-leaf-source', leaf: 1, expected: 'update', got: 'key_package' },
    ],
    [
      'with its old encryption key',
      { encryptionKey: members[1]!.encryptionKey },
      { code: 'encryption-key-kept', leaf: 1 },
    ],
    [
      "with another's encryption key",
      { encryptionKey: members[2]!.encryptionKey },
      { code: 'duplicate-key', leaf: 1, field: 'encryption_key' },
    ],
    [
      "with another's signature key",
      { signatureKey: signerOf(suite, 2).publicKey },
      { code: 'duplicate-key', leaf: 1, field: 'signature_key' },
    ],
    [
      'with a credential that others do not list',
      { credential: strange, ...caps({ credentials: [1, 9] }) },
      { code: 'unsupported-credential', leaf: 1, type: 9 },
    ],
    [
      'with a key that did not sign it',
      { signatureKey: signerOf(suite, 8).publicKey },
      { code: 'invalid-signature', leaf: 1 },
    ],
  ])('%s', (_, changes, expected) => {
    expect(changed(changes)).toEqual(expected)
  })

  it('is not held against what only its predecessor used or lacked', () => {
    const last = makeLeaf(suite, 1, { credential: strange, ...caps({ credentials: [1, 9] }) })
    const others = groupOf([members[0]!, last, makeLeaf(suite, 2)])
    const leaf = makeLeaf(
      suite,
      1,
      { leafNodeSource: 'update', encryptionKey: fresh, ...caps({ credentials: [1] }) },
      place,
    )
    expect(rejection(() => validateReplacedLeaf(leaf, 'update', others, { replaced: last, place }))).toBeUndefined()
    // the summary that was passed in still counts the predecessor
    expect(others.summary.credentialTypesInUse()).toEqual(new Set([1, 9]))
    expect(others.summary.members).toBe(3)
  })

  it('is where its signature says', () => {
    const leaf = makeLeaf(
      suite,
      1,
      { leafNodeSource: 'update', encryptionKey: fresh },
      { groupId, leafIndex: 2 as LeafIndex },
    )
    expect(rejection(() => validateReplacedLeaf(leaf, 'update', tree, { replaced: members[1]!, place }))).toEqual({
      code: 'invalid-signature',
      leaf: 1,
    })
  })
})
