/** The ABI of the curve modules, one source compiled twice: with two-lane FMA arithmetic and with integers only. No imports. */
export const ABI: i32 = 1
export { IO, IO_SIZE, SCRATCH, SCRATCH_SIZE, arena } from './memory'
export { x25519_public, x25519_public_many, x25519_public_many_space } from './fixed-base25519'
export { fused_rounding } from './field25519-check'
export { x25519_shared, x25519_shared_many } from './x25519'
