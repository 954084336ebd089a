/** docs/persistence.md, format 1: what every saved file begins and ends with. */
import { equalPublic, utf8 } from '../../../base/bytes.ts'
import { annotate } from '../../../codec/annotate.ts'
import { enumeration } from '../../../codec/enumerations.ts'
import { opaqueOf, uint16 } from '../../../codec/primitives.ts'
import { struct } from '../../../codec/struct.ts'
import { CipherSuite } from '../../../mls/registries.ts'
import { SavedKind } from '../../../mls/saved/records.ts'
import { suiteOf } from '../verdicts.ts'

const MAGIC = utf8('cpth')
const VERSION = 1
const LENGTH = MAGIC.length + 5
const KindOfFile = enumeration('SavedKind', SavedKind)
export const SavedHead = struct('SavedHead', {
  magic: opaqueOf(MAGIC.length),
  version: uint16,
  kind: KindOfFile,
  cipherSuite: CipherSuite,
})

export type KindOfSaved = keyof typeof SavedKind

/** The file cannot be used; the message is a sentence. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

/** Whether bytes start as every saved file does. */
export function isSaved(bytes: Uint8Array): boolean {
  return equalPublic(bytes.subarray(0, MAGIC.length), MAGIC)
}

/** The head alone. Throws `DamagedError` where even that cannot be read. */
export function readHead(bytes: Uint8Array): { readonly kind: KindOfSaved; readonly suite: number } {
  const { root, problem } = annotate(SavedHead, bytes, { within: { start: 0, end: Math.min(LENGTH, bytes.length) } })
  const [, version, kind, suite] = root.children.map(({ content }) => content)
  if (version?.kind === 'number' && Number(version.value) !== VERSION) {
    throw new DamagedError(
      `It is a saved state in format ${version.value}; this version of copath reads format ${VERSION}`,
    )
  }
  if (problem !== undefined || kind?.kind !== 'enumeration' || suite?.kind !== 'enumeration') {
    throw new DamagedError(
      bytes.length < LENGTH
        ? 'It ends within its head'
        : 'It is a saved state of a kind that this version does not know',
    )
  }
  return { kind: kind.name as KindOfSaved, suite: suite.number }
}

/** Where the digest of a file begins. Throws `DamagedError` unless it is right. */
export function checkedEnd(bytes: Uint8Array, suiteId: number): number {
  const suite = suiteOf(suiteId)
  if (suite === undefined) {
    throw new DamagedError(
      `Suite ${suiteId} is not supported here, so that neither its digest nor what it holds can be read`,
    )
  }
  const end = bytes.length - suite.hash.length
  if (end < LENGTH || !equalPublic(suite.hash.digest(bytes.subarray(0, end)), bytes.subarray(end))) {
    throw new DamagedError(
      'It is damaged: it does not end with the digest of what stands before it. Nothing more is shown, since what is out of place might be a secret',
    )
  }
  return end
}
