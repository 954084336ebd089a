/** RFC 9420 section 8.4: pre-shared keys. */
import type { ValueOf } from '../codec/codec.ts'
import { enumeration } from '../codec/enumerations.ts'
import { opaque, uint16, uint64, vector } from '../codec/primitives.ts'
import { select } from '../codec/select.ts'
import { struct } from '../codec/struct.ts'

export const PSKType = enumeration('PSKType', { external: 1, resumption: 2 })
export type PSKType = ValueOf<typeof PSKType>

export const ResumptionPSKUsage = enumeration('ResumptionPSKUsage', { application: 1, reinit: 2, branch: 3 })
export type ResumptionPSKUsage = ValueOf<typeof ResumptionPSKUsage>

/** Section 8.4: the name of a pre-shared key. */
export const PreSharedKeyID = struct('PreSharedKeyID', {
  psktype: select(PSKType, {
    external: { pskId: opaque },
    resumption: { usage: ResumptionPSKUsage, pskGroupId: opaque, pskEpoch: uint64 },
  }),
  pskNonce: opaque,
})
/** The name of a pre-shared key, decoded. */
export type PreSharedKeyID = ValueOf<typeof PreSharedKeyID>

/** The `psks` of GroupSecrets. */
export const PreSharedKeyIDs = vector(PreSharedKeyID)

export const PSKLabel = struct('PSKLabel', { id: PreSharedKeyID, index: uint16, count: uint16 })
export type PSKLabel = ValueOf<typeof PSKLabel>
