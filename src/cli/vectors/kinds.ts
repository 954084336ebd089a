/** The formats of the working group, and which of them a file has. */
import { basename } from 'node:path'
import { cryptoBasics } from './crypto-basics.ts'
import { deserialization } from './deserialization.ts'
import { keySchedule } from './key-schedule.ts'
import type { VectorKind } from './kind.ts'
import { messageProtection } from './message-protection.ts'
import { messages } from './messages.ts'
import { passiveClients } from './passive-client.ts'
import { pskSecret } from './psk-secret.ts'
import { secretTree } from './secret-tree.ts'
import { transcriptHashes } from './transcript-hashes.ts'
import { treeMath } from './tree-math.ts'
import { treeOperations } from './tree-operations.ts'
import { treeValidation } from './tree-validation.ts'
import { treekem } from './treekem.ts'
import { welcome } from './welcome.ts'

export const KINDS: readonly VectorKind[] = [
  cryptoBasics,
  deserialization,
  keySchedule,
  messageProtection,
  messages,
  ...passiveClients,
  pskSecret,
  secretTree,
  transcriptHashes,
  treeMath,
  treeOperations,
  treeValidation,
  treekem,
  welcome,
]

/** What JSON files are called. */
export const JSON_NAME = /\.json$/i

const spelled = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** The kinds that a file's name speaks of: `treekem-suite2.json`, `openmls_tree_math.json`. */
function kindsNamed(file: string): VectorKind[] {
  let rest = `-${spelled(file.replace(JSON_NAME, ''))}-`
  const found: VectorKind[] = []
  // the longest first: passive-client-welcome is not about Welcomes alone
  for (const kind of [...KINDS].sort((a, b) => b.name.length - a.name.length)) {
    const name = `-${spelled(kind.name)}-`
    if (!rest.includes(name)) continue
    found.push(kind)
    rest = rest.replaceAll(name, '--')
  }
  return found
}

/** Whether a file has to be one of vectors, or at least JSON. */
export function isNamedLikeVectors(file: string): boolean {
  return JSON_NAME.test(file) || kindsNamed(file).length > 0
}

function hasShapeOf(kind: VectorKind, sample: unknown): boolean {
  const required = kind.fields.filter(field => kind.optional?.includes(field) !== true)
  return typeof sample === 'object' && sample !== null && required.every(field => Object.hasOwn(sample, field))
}

/** Whether a case that lacks fields is one of a kind all the same: a file of something else may have a name like that kind's. */
function mayBe(kind: VectorKind, file: string, sample: unknown): boolean {
  if (spelled(basename(file).replace(JSON_NAME, '')) === spelled(kind.name)) return true
  const fields = typeof sample === 'object' && sample !== null ? Object.keys(sample) : []
  return fields.length === 0 || fields.some(field => field !== 'cipher_suite' && kind.fields.includes(field))
}

/** What a file holds: by its name and the shape of a case, and where these disagree by the shape. */
export function kindOf(file: string, sample: unknown): VectorKind | undefined {
  const named = kindsNamed(file)
  const shaped = KINDS.filter(kind => hasShapeOf(kind, sample))
  // the three formats of passive clients look alike: the last of them is the general one
  const found = shaped.find(kind => named.includes(kind)) ?? shaped.at(-1)
  return found ?? (named.length === 1 ? named.find(kind => mayBe(kind, file, sample)) : undefined)
}
