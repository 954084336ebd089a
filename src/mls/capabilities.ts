/** RFC 9420 sections 7.2 and 13.5: what a client says that it supports, with values that keep others tolerant (GREASE). */
import { type RandomSource, randomBytes } from '../base/random.ts'
import type { Capabilities } from './leaf-node.ts'
import { ProtocolVersion } from './registries.ts'
import { isDefaultFeature } from './tree-summary.ts'

/** The values that every registry reserves for GREASE. */
export const GREASE_VALUES: readonly number[] = Array.from({ length: 15 }, (_, i) => 0x0a0a + 0x1010 * i)

/** What a client supports; what every client supports may be left out or not. */
export interface Support {
  readonly cipherSuites: readonly number[]
  readonly credentials: readonly number[]
  readonly extensions?: readonly number[]
  readonly proposals?: readonly number[]
}

/** A list with one of the reserved values at some place in it, which others have to ignore. */
export function withGrease(values: readonly number[], random: RandomSource): number[] {
  const [which, where] = randomBytes(random, 2)
  const at = where! % (values.length + 1)
  return [...values.slice(0, at), GREASE_VALUES[which! % GREASE_VALUES.length]!, ...values.slice(at)]
}

/** Capabilities to publish: without what must not be listed (section 7.2), with a reserved value in each list that takes them. */
export function makeCapabilities(support: Support, random: RandomSource): Capabilities {
  const { cipherSuites, credentials, extensions = [], proposals = [] } = support
  return {
    versions: [ProtocolVersion.of.mls10],
    cipherSuites: withGrease(cipherSuites, random),
    extensions: withGrease(
      extensions.filter(type => !isDefaultFeature('extensions', type)),
      random,
    ),
    proposals: withGrease(
      proposals.filter(type => !isDefaultFeature('proposals', type)),
      random,
    ),
    credentials: withGrease(credentials, random),
  }
}
