/** copath/crypto/curves: what cipher suites 2, 4, 5, 6 and 7 need besides the defaults. Apart, so that only those who use it load it. */
import type { Backend } from '../provider.ts'
import { type CurveOptions, createNobleCurves } from './noble/curves.ts'
import { findNodeCurves } from './node/curves.ts'

export { type CurveOptions, createNobleCurves } from './noble/curves.ts'
export { findNodeCurves } from './node/curves.ts'

/**
 * Backends for P-256, P-384, P-521, X448 and Ed448: native code where the runtime has it, else @noble/curves. Pass them as
 * `createProvider({ extra: moreCurves() })`.
 */
export function moreCurves(options: CurveOptions = {}): Backend[] {
  return [findNodeCurves(options), createNobleCurves(options)].filter(backend => backend !== undefined)
}
