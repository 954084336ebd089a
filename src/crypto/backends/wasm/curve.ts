/** Which curve module runs here: two-lane fused multiply-add where relaxed SIMD is available and rounds once, else integers. */
import { EnvironmentError, UsageError } from '../../../base/errors.ts'
import { instantiate, type WasmInstance } from './instance.ts'

/** Which arithmetic the curves run on. */
export type CurveKind = 'fma' | 'integer'

/** An instance of a curve module and which arithmetic it has. */
export interface CurveInstance extends WasmInstance {
  readonly kind: CurveKind
}

// (module (func (drop (f64x2.relaxed_madd (i8x16.splat (i32.const 0)) (i8x16.splat (i32.const 0)) (i8x16.splat (i32.const 0))))))
const PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 4, 1, 96, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 20, 1, 18, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 135, 2, 26, 11],
)

// null: tried, and not available
const instances = new Map<CurveKind, CurveInstance | null>()

/** True where relaxed SIMD may be compiled. How it rounds is another question. */
function relaxedSimdAllowed(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(PROBE)
}

function roundsOnce(instance: WasmInstance): boolean {
  return (instance.exports['fused_rounding'] as () => number)() === 1
}

function create(kind: CurveKind): CurveInstance | null {
  if (kind !== 'integer' && kind !== 'fma') throw new UsageError('wrong-argument', { curve: kind })
  if (kind === 'integer') return { ...instantiate('curve-integer'), kind }
  if (!relaxedSimdAllowed()) return null
  const instance = instantiate('curve-fma')
  return roundsOnce(instance) ? { ...instance, kind } : null
}

function shared(kind: CurveKind): CurveInstance | null {
  let instance = instances.get(kind)
  if (instance === undefined) {
    instance = create(kind)
    instances.set(kind, instance)
  }
  return instance
}

/**
 * The shared instance of one kind, or of the better kind that runs here. Calls are synchronous and leave no secret behind, so that sharing
 * it is safe. Throws `no-fma` where that kind was asked for and relaxed SIMD is missing or rounds twice, and `no-webassembly`.
 */
export function curve(kind?: CurveKind): CurveInstance {
  const instance = kind === undefined ? (shared('fma') ?? shared('integer')) : shared(kind)
  if (instance === null) throw new EnvironmentError('no-fma')
  return instance
}
