/** What shipped functions do, with the same parts, in the obvious way: right, and not in constant time. For tests of the constant-time check only. */
import { aeadApplyStream, aeadAssociate, aeadAuthenticate, aeadStart, aeadTag, aeadWipe } from '../aead'
import { POINT, pointAdd, pointCache, pointCopy, pointDouble, pointEncode, pointZero, prepareEdwards } from '../edwards25519'
import { pointDecodePair } from '../edwards25519-decode'
import { SCRATCH } from '../memory'

/** The base point as RFC 8032 writes it. */
const BASE: usize = memory.data<u64>([0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666], 16)
// beyond what the functions below call
const SUM: usize = SCRATCH + 0x3000
const CACHED = SUM + POINT
const OTHER = CACHED + POINT
const TAG: usize = SCRATCH + 0x3400

/** As `ed25519_expand` does: the public key at `out` of a clamped scalar. Doubles for each bit, and adds for those that are set. */
export function naiveMultiply(out: usize, scalar: usize): void {
  prepareEdwards()
  pointDecodePair(CACHED, OTHER, BASE, BASE)
  pointCopy(OTHER, CACHED)
  pointCache(CACHED, OTHER)
  pointZero(SUM)
  for (let i = 254; i >= 0; i--) {
    pointDouble(SUM, SUM)
    if ((load<u8>(scalar + (i >> 3)) >> u8(i & 7)) & 1) pointAdd(SUM, SUM, CACHED)
  }
  pointEncode(out, SUM)
}

/** As `aeadOpen` does. Compares tags up to the first byte that differs. */
export function naiveOpen(cipher: i32, at: usize, aadLength: usize, length: usize): bool {
  const text = at + 48 + aadLength
  aeadStart(cipher, at, at + 32)
  aeadAssociate(at + 48, aadLength)
  aeadAuthenticate(text, length)
  aeadTag(TAG)
  let right = true
  for (let i: usize = 0; i < 16 && right; i++) right = load<u8>(TAG + i) == load<u8>(text + length + i)
  if (right) aeadApplyStream(text, length)
  aeadWipe()
  return right
}
