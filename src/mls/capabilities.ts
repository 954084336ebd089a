/** RFC 9420 sections 7.2 and 13.5: what a client says that it supports. */
import { arrayOf } from '../base/arguments.ts'
import type { Capabilities } from './leaf-node.ts'
import { isDefaultFeature } from './tree-summary.ts'

/** The values that every registry reserves for GREASE. */
export const GREASE_VALUES: readonly number[] = Array.from({ length: 15 }, (_, i) => 0x0a0a + 0x1010 * i)

/** Capabilities with more in their lists: everything once, and without what must not be listed (section 7.2). */
export function supporting(capabilities: Capabilities, more: Partial<Capabilities>): Capabilities {
  const all = (list: keyof Capabilities): number[] => [
    ...new Set([...capabilities[list], ...arrayOf(more[list] ?? [])]),
  ]
  return {
    versions: all('versions'),
    cipherSuites: all('cipherSuites'),
    extensions: all('extensions').filter(type => !isDefaultFeature('extensions', type)),
    proposals: all('proposals').filter(type => !isDefaultFeature('proposals', type)),
    credentials: all('credentials'),
  }
}
