/** Hostile bytes for decoders: genuine ones, changed and cut; and what a decoder may do with them. */
import fc from 'fast-check'
import { RejectedError } from '../../src/base/errors.ts'

/** One of the samples with up to four bytes changed, a third of them cut. */
export function mutated(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
    .map(([sample, edits, cut]) => {
      const out = sample.slice(0, cut % 3 === 0 ? cut % (sample.length + 1) : sample.length)
      for (const [at, value] of edits) if (out.length > 0) out[at % out.length] = value
      return out
    })
}

/** Runs what must either work or refuse. */
export function total(body: () => unknown): void {
  try {
    body()
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
  }
}
