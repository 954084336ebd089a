/** The ABI of the curve modules, one source compiled twice: with two-lane FMA arithmetic and with integers only. No imports. */
export const ABI: i32 = 1
export { IO, IO_SIZE, SCRATCH, SCRATCH_SIZE, arena } from './memory'
export { x25519_public, x25519_public_many, x25519_public_many_space } from './fixed-base25519'
export { x25519_first_off_curve, x25519_product } from './composition25519'
export { fused_rounding } from './field25519-check'
export { x25519_shared, x25519_shared_many, x25519_shared_many_space } from './x25519'
export {
  ed25519_expand, ed25519_feed, ed25519_sign_begin, ed25519_sign_end, ed25519_sign_middle, ed25519_verify, ed25519_verify_begin,
  ed25519_verify_end,
} from './ed25519'
export {
  ed25519_batch_holds, ed25519_batch_prepare, ed25519_batch_space, ed25519_batch_subtract, ed25519_batch_sum,
} from './ed25519-batch'
