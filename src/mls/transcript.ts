/** RFC 9420 section 8.2: transcript hashes. */
import type { ValueOf } from '../codec/codec.ts'
import { opaque } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { MAC } from './crypto-objects.ts'
import { FramedContent } from './framing.ts'
import { WireFormat } from './registries.ts'

export const ConfirmedTranscriptHashInput = struct('ConfirmedTranscriptHashInput', {
  wireFormat: WireFormat,
  content: FramedContent,
  signature: opaque,
})
export type ConfirmedTranscriptHashInput = ValueOf<typeof ConfirmedTranscriptHashInput>

export const InterimTranscriptHashInput = struct('InterimTranscriptHashInput', { confirmationTag: MAC })
export type InterimTranscriptHashInput = ValueOf<typeof InterimTranscriptHashInput>
