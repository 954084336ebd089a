/** Multiplications of points by contributions. */
import { ByteList } from '../base/byte-list.ts'
import { copyOf, equalPublic } from '../base/bytes.ts'
import { type Bytes, type GkaSuite, KEY } from './suite.ts'

/** The base point of X25519, which stands for "nobody's contribution yet". */
export const BASE_POINT: Bytes = Uint8Array.of(9, ...new Uint8Array(KEY - 1))

/** One point times one key. */
export function multiply({ dh }: GkaSuite, key: Uint8Array, point: Uint8Array): Bytes {
  return equalPublic(point, BASE_POINT) ? dh.publicKey(key) : dh.shared(key, point)
}

/** Many points times one key, except the one at `except`, which stays as it is. */
export function multiplyOthers(
  { dh }: GkaSuite,
  key: Uint8Array,
  points: readonly Uint8Array[],
  except: number,
): Bytes[] {
  const out = points.map(point => copyOf(point))
  const moved: number[] = []
  points.forEach((point, i) => {
    if (i === except) return
    if (equalPublic(point, BASE_POINT)) out[i] = dh.publicKey(key)
    else moved.push(i)
  })
  if (moved.length === 0) return out
  const products = dh.sharedMany(ByteList.fixed(key, KEY), ByteList.of(moved.map(i => points[i]!)))
  for (const [at, i] of moved.entries()) out[i]!.set(products.subarray(KEY * at, KEY * (at + 1)))
  return out
}
