/** What `copath inspect` says about a file: the encoding taken apart, the tree in it, what could be checked. */
import { type Annotated, type Annotation, annotate } from '../../codec/annotate.ts'
import type { Codec } from '../../codec/codec.ts'
import { ProtocolVersion } from '../../mls/registries.ts'
import { type Circumstances, checksOf, isTooLarge, nodesOfTree } from './checks.ts'
import { DRAFTS, SECTIONS } from './sections.ts'
import { drawSpans, findTree, scanTree } from './tree-drawing.ts'
import { insideOf, nameOfType, recognise } from './types.ts'
import { hex, isSecret, textOf } from './values.ts'
import type { Check } from './verdicts.ts'

/** How much is taken apart. */
export interface Extent {
  /** All elements of vectors, up to a number that no terminal would show. */
  readonly full: boolean
  /** Elements of each vector, where that is asked for. */
  readonly limit?: number
}

const ELEMENTS = 64
const TOTAL = 20_000
const FULL_TOTAL = 500_000

/** What came out. */
export interface Report extends Annotated {
  readonly type: string
  /** Other types that the same bytes are a whole encoding of. */
  readonly alsoReadsAs: readonly string[]
  /** How sure the type is: asked for or fitting as a whole; the nearest of those with this start; the nearest of all. */
  readonly certainty: 'sure' | 'likely' | 'unknown'
  readonly checks: readonly Check[]
  readonly drawing: string | undefined
}

/** Takes bytes apart, as the type asked for or as what they are. */
export function inspect(
  bytes: Uint8Array,
  {
    wanted,
    full,
    limit = ELEMENTS,
    ...circumstances
  }: Extent & Circumstances & { readonly wanted: Codec<unknown> | undefined },
): Report {
  const { matching, nearest } = wanted === undefined ? recognise(bytes) : { matching: [wanted], nearest: wanted }
  const [codec = nearest, ...others] = matching
  const options = full ? { total: FULL_TOTAL } : { elements: limit, total: limit > ELEMENTS ? FULL_TOTAL : TOTAL }
  const { root, problem } = annotate(codec, bytes, { ...options, inside: insideOf })
  return {
    root,
    problem,
    type: nameOfType(codec),
    alsoReadsAs: others.map(nameOfType),
    certainty: matching.length > 0 ? 'sure' : hasVersion(bytes) ? 'likely' : 'unknown',
    checks: problem === undefined ? checksOf(codec, bytes, { root, ...circumstances }) : [],
    drawing: drawingOf(root, bytes),
  }
}

/** Whether bytes start as a message, a key package or a group info does: with the version of the protocol. */
function hasVersion(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === ProtocolVersion.of.mls10
}

/** The tree in it, where there is one whose nodes are in their places. */
function drawingOf(root: Annotation, bytes: Uint8Array): string | undefined {
  const tree = findTree(root)
  if (tree === undefined || tree.content.kind === 'broken' || isTooLarge(nodesOfTree(tree))) return undefined
  const spans = scanTree(bytes.subarray(tree.start, tree.end))
  return spans && drawSpans(spans)
}

/** Whether anything is wrong: with the encoding, with what is inside it, or with what was checked. */
export function isBad({ root, problem, checks }: Report): boolean {
  return problem !== undefined || hasProblem(root) || checks.some(({ verdict }) => verdict === 'bad')
}

/** Whether something inside a byte string is not what it should be. */
export function hasProblem({ problem, children }: Annotation): boolean {
  return problem !== undefined || children.some(hasProblem)
}

/** An annotation for programs. Secrets are left out, numbers beyond 2^53 are strings. */
export function toJson(at: Annotation, parentType = ''): Record<string, unknown> {
  const section = SECTIONS[at.type] ?? DRAFTS[at.type]
  const children = at.children.map(child => toJson(child, at.type))
  return {
    name: at.name,
    type: at.type,
    ...(section === undefined ? {} : { section }),
    offset: at.start,
    size: at.end - at.start,
    ...(at.header === 0 ? {} : { header: at.header }),
    ...valueJson(at, parentType),
    ...(at.problem === undefined ? {} : { problem: at.problem }),
    ...(children.length === 0 && at.content.kind !== 'struct' ? {} : { fields: children }),
  }
}

function valueJson({ name, content, children }: Annotation, parentType: string): Record<string, unknown> {
  switch (content.kind) {
    case 'number':
      return { value: Number(content.value) > Number.MAX_SAFE_INTEGER ? String(content.value) : Number(content.value) }
    case 'enumeration':
      return { value: content.number, ...(content.name === undefined ? {} : { meaning: content.name }) }
    case 'bytes': {
      if (isSecret(parentType, name)) return { secret: true }
      if (children.length > 0) return {}
      const text = textOf(content.bytes)
      return { value: hex(content.bytes), ...(text === undefined ? {} : { text }) }
    }
    case 'vector':
      return content.omitted === 0 ? {} : { omitted: content.omitted }
    case 'absent':
      return { absent: true }
    case 'broken':
      return { broken: true }
    default:
      return {}
  }
}
