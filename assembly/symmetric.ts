/** The ABI of the symmetric module: hashes, HMAC, HKDF, AEADs. Fixed-width SIMD, no imports. */
export const ABI: i32 = 1
export { IO, IO_SIZE, SCRATCH, SCRATCH_SIZE, arena } from './memory'
export {
  aeadApplyStream,
  aeadAssociate,
  aeadAuthenticate,
  aeadEncrypt,
  aeadOpen,
  aeadSeal,
  aeadSealMany,
  aeadStart,
  aeadTag,
  aeadVerify,
  aeadWipe,
} from './aead'
export { digest, digestMany, fillSpans, streamBegin, streamEnd, streamFeed } from './hash'
export { expand } from './hkdf'
export { hmac, hmacMany } from './hmac'
