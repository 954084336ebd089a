/** What `copath tree` plays: commits, written as words of the command line. */
import { CliUsageError } from '../command.ts'

/** A member, by its leaf or by its name. */
export type Reference = string

/** What a commit does besides renewing the keys of its sender. */
export type Proposal =
  | { readonly kind: 'add'; readonly name: string | undefined }
  | { readonly kind: 'remove'; readonly of: Reference }
  | { readonly kind: 'update'; readonly of: Reference }

/** One commit. */
export interface Operation {
  /** As it was written. */
  readonly text: string
  readonly proposals: readonly Proposal[]
  readonly committer: Reference | undefined
}

const GRAMMAR =
  'An operation is add, add:NAME, remove:LEAF or update:LEAF, several of them joined by "+", ' +
  'and "@LEAF" behind it says who commits: remove:3+add@5'

// what a drawing can show, and what the grammar does not use
const NAME = /^[\p{L}\p{N}_.-]{1,24}$/u

function parseProposal(text: string): Proposal {
  const [kind, of, ...rest] = text.split(':')
  if (rest.length === 0 && (of === undefined || NAME.test(of))) {
    if (kind === 'add') return { kind, name: of }
    if ((kind === 'remove' || kind === 'update') && of !== undefined) return { kind, of }
  }
  const isBare = kind === text && (kind === 'remove' || kind === 'update')
  throw new CliUsageError(
    isBare ? `${kind} whom? By leaf or by name, in one word: ${kind}:3` : `"${text}" is not an operation. ${GRAMMAR}`,
  )
}

/** Reads one operation. */
export function parseOperation(text: string): Operation {
  const [what = '', committer, ...rest] = text.split('@')
  if (rest.length > 0 || (committer !== undefined && !NAME.test(committer))) {
    throw new CliUsageError(`"${text}" is not an operation. ${GRAMMAR}`)
  }
  return { text, proposals: what.split('+').map(parseProposal), committer }
}
