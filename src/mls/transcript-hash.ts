/** RFC 9420 section 8.2: the two transcript hashes, over the commits of a group's life. */
import { EMPTY } from '../base/bytes.ts'
import { encodeBetween } from '../codec/codec.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { FramedContent } from './framing.ts'
import { ConfirmedTranscriptHashInput, InterimTranscriptHashInput } from './transcript.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Both hashes before the first commit of a group. */
export const NO_TRANSCRIPT: Uint8Array = EMPTY

/** What a commit adds to the confirmed transcript hash. */
export interface TranscribedCommit {
  readonly wireFormat: number
  readonly content: FramedContent
  readonly signature: Uint8Array
}

/** `confirmed_transcript_hash` after a commit. */
export function confirmedTranscriptHash(
  suite: CipherSuite,
  interimBefore: Uint8Array,
  commit: TranscribedCommit,
): Bytes {
  return suite.hash.digest(encodeBetween(interimBefore, ConfirmedTranscriptHashInput, commit))
}

/** `interim_transcript_hash` of an epoch, from its confirmed hash and its confirmation tag. */
export function interimTranscriptHash(suite: CipherSuite, confirmed: Uint8Array, confirmationTag: Uint8Array): Bytes {
  return suite.hash.digest(encodeBetween(confirmed, InterimTranscriptHashInput, { confirmationTag }))
}
