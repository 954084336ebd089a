/** Every error this library throws: four classes, stable codes, a message that says what to do. */
import { ADVICE, type ErrorCode } from './error-codes.ts'

export type { ErrorCode } from './error-codes.ts'

/** Public facts about an error: indices, lengths, names. Never key material or message content. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly number[]>>

function sentence(code: ErrorCode, details: ErrorDetails): string {
  const facts = Object.entries(details).map(([name, value]) => `${name} ${String(value)}`)
  return facts.length === 0 ? ADVICE[code] : `${ADVICE[code]} (${facts.join(', ')})`
}

/** The parent of every error this library throws. `code` is stable across versions; the message is for people. */
export abstract class CopathError extends Error {
  // written out in each class: names that are derived do not survive a minifier
  abstract override readonly name: string
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(sentence(code, details))
    this.code = code
    this.details = details
  }
}

/** Something that came from outside (a message, a key, a signature) is not acceptable. The state is unchanged. */
export class RejectedError extends CopathError {
  override readonly name = 'RejectedError'
}

/** The calling code asked for something that is not possible. The state is unchanged. */
export class UsageError extends CopathError {
  override readonly name = 'UsageError'
}

/** The runtime or a resource failed: no random source, no storage, no memory. The state is unchanged. */
export class EnvironmentError extends CopathError {
  override readonly name = 'EnvironmentError'
}

/** A broken promise of this library itself. Please report it. */
export class BugError extends CopathError {
  override readonly name = 'BugError'
}
