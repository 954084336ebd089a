/** Controls of the constant-time check, for tests only: each `leak…` gives its secret away through one channel, no `safe…` does. */
export { IO, SCRATCH } from '../memory'
export { leakLadder, safeLadder } from './leaky-ladder'
export { naiveMultiply, naiveOpen } from './naive'
import { IO, SCRATCH, TABLES } from '../memory'

// Secrets come as the eight bytes at IO; results go to SCRATCH. Stores keep the compiler from turning branches into selects.

export function leakBranch(): void {
  if (load<u8>(IO) & 1) store<u32>(SCRATCH, 7)
  else store<u64>(SCRATCH, 9)
}

export function leakBranchBreak(): void {
  for (let i: u32 = 0; i < 8; i++) {
    if (load<u8>(IO) >> (i as u8) == 0) break
    store<u8>(SCRATCH + i, 1)
  }
}

export function leakLoopBound(): void {
  const bound = load<u8>(IO)
  for (let i: u32 = 0; i < bound; i++) store<u8>(SCRATCH + i, 1)
}

export function leakSwitch(): void {
  switch (load<u8>(IO) & 3) {
    case 0:
      store<u8>(SCRATCH, 1)
      break
    case 1:
      store<u16>(SCRATCH + 8, 2)
      break
    case 2:
      store<u32>(SCRATCH + 16, 3)
      break
    default:
      store<u64>(SCRATCH + 24, 4)
  }
}

export function leakTableLookup(): void {
  store<u8>(SCRATCH, load<u8>(TABLES + load<u8>(IO)))
}

export function leakVectorLookup(): void {
  v128.store(SCRATCH, v128.load(TABLES + ((load<u8>(IO) as usize) << 4)))
}

export function leakSplatLookup(): void {
  v128.store(SCRATCH, v128.load32_splat(TABLES + ((load<u8>(IO) as usize) << 2)))
}

export function leakLaneLookup(): void {
  v128.store(SCRATCH, v128.load8_lane(TABLES + load<u8>(IO), i8x16.splat(0), 3))
}

export function leakStore(): void {
  store<u8>(SCRATCH + load<u8>(IO), 1)
}

export function leakVectorStore(): void {
  v128.store(SCRATCH + ((load<u8>(IO) as usize) << 4), i8x16.splat(1))
}

export function leakLaneStore(): void {
  v128.store16_lane(SCRATCH + ((load<u8>(IO) as usize) << 1), i8x16.splat(1), 2)
}

export function leakCopySource(): void {
  memory.copy(SCRATCH, TABLES + load<u8>(IO), 32)
}

export function leakCopyLength(): void {
  memory.copy(SCRATCH, TABLES, load<u8>(IO))
}

export function leakFillTarget(): void {
  memory.fill(SCRATCH + load<u8>(IO), 0, 32)
}

export function leakFillLength(): void {
  memory.fill(SCRATCH, 0, load<u8>(IO))
}

export function leakDivision(): void {
  store<u32>(SCRATCH, 1000003 / ((load<u8>(IO) as u32) | 1))
}

export function leakRemainder(): void {
  store<u64>(SCRATCH, (load<u64>(IO) | 1) % 1000003)
}

// early exit at the first byte that differs
export function leakCompare(): bool {
  for (let i: usize = 0; i < 8; i++) if (load<u8>(IO + i) != load<u8>(TABLES + i)) return false
  return true
}

// engines compile a select of vectors or floats to a branch
export function leakVectorSelect(): void {
  v128.store(SCRATCH, load<u8>(IO) & 1 ? v128.load(TABLES) : v128.load(TABLES + 16))
}

function quiet(): void {
  store<u8>(SCRATCH, 1)
}

function loud(): void {
  store<u64>(SCRATCH, 2)
}

export function leakIndirectCall(): void {
  const one: () => void = quiet
  const other: () => void = loud
  const first = load<u32>(changetype<usize>(one))
  const second = load<u32>(changetype<usize>(other))
  call_indirect<void>(load<u8>(IO) & 1 ? first : second)
}

// the value is subnormal for some secrets and zero for others
export function leakSubnormal(): void {
  store<f64>(SCRATCH, reinterpret<f64>(load<u64>(IO) >> 56) * 0.5)
}

export function leakVectorSubnormal(): void {
  v128.store(SCRATCH, f64x2.add(i64x2.splat(load<u64>(IO) >> 56), i64x2.splat(0)))
}

export function safeCompare(): bool {
  let difference: u32 = 0
  for (let i: usize = 0; i < 8; i++) difference |= load<u8>(IO + i) ^ load<u8>(TABLES + i)
  store<u32>(SCRATCH, (difference - 1) >> 31)
  return true
}

export function safeLookup(): void {
  const wanted = load<u8>(IO)
  let found = i8x16.splat(0)
  for (let i: u32 = 0; i < 256; i++) {
    const mask = i8x16.eq(i8x16.splat(i as u8), i8x16.splat(wanted))
    found = v128.or(found, v128.and(mask, v128.load(TABLES + ((i as usize) << 4))))
  }
  v128.store(SCRATCH, found)
}

export function safeSwap(): void {
  const mask = i64x2.splat(-((load<u8>(IO) & 1) as i64))
  const a = v128.load(IO + 16)
  const b = v128.load(IO + 32)
  const difference = v128.and(mask, v128.xor(a, b))
  v128.store(SCRATCH, v128.xor(a, difference))
  v128.store(SCRATCH + 16, v128.xor(b, difference))
}

// allowed, and counted apart: engines compile a select of integers to a conditional move
export function safeIntegerSelect(): void {
  store<u32>(SCRATCH, select<u32>(load<u32>(TABLES), load<u32>(TABLES + 4), load<u8>(IO) & 1))
}

export function safeArithmetic(): void {
  const x = load<u64>(IO)
  store<u64>(SCRATCH, rotl(x * 0x9e3779b97f4a7c15, 13) + (x >> 7))
  store<f64>(SCRATCH + 8, (((x >> 12) as i32) as f64) * 3.0 + 1.0)
}
