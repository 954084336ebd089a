/** Vectors of the transcript hashes: RFC 9420 section 8.2, and the confirmation tag of section 6.1. */

import { toHex } from '../../base/bytes.ts'
import { decode } from '../../codec/codec.ts'
import { AuthenticatedContent } from '../../mls/framing.ts'
import { confirmedTranscriptHash, interimTranscriptHash } from '../../mls/transcript-hash.ts'
import { Mismatch } from './given.ts'
import { suiteOf, type VectorKind } from './kind.ts'

export const transcriptHashes: VectorKind = {
  name: 'transcript-hashes',
  fields: [
    'cipher_suite',
    'confirmation_key',
    'authenticated_content',
    'interim_transcript_hash_before',
    'confirmed_transcript_hash_after',
    'interim_transcript_hash_after',
  ],
  check(given, suites) {
    const suite = suiteOf(given, suites)
    const field = given.at('authenticated_content')
    const { wireFormat, content, auth } = decode(AuthenticatedContent, field.bytes())
    const { signature, confirmationTag } = auth
    if (content.contentType !== 'commit' || confirmationTag === undefined) {
      throw new Mismatch(field.where, `should hold a commit, not a ${content.contentType}`)
    }
    const before = given.at('interim_transcript_hash_before').bytes()
    const confirmed = confirmedTranscriptHash(suite, before, { wireFormat, content, signature })
    given.at('confirmed_transcript_hash_after').mustBe(confirmed)
    given.at('interim_transcript_hash_after').mustBe(interimTranscriptHash(suite, confirmed, confirmationTag))
    const tag = toHex(suite.kdf.hmac(given.at('confirmation_key').bytes(), confirmed))
    if (tag !== toHex(confirmationTag)) {
      throw new Mismatch(`${field.where}.confirmation_tag`, 'differs', {
        expected: tag,
        actual: toHex(confirmationTag),
      })
    }
  },
}
