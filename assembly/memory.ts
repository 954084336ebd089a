/** The map of linear memory, the same in every module. Two instances never share memory. */

// name      from     to       secret  holds
// (unused)  0x00000  0x00400  -       so that a null pointer hits nothing
// IO        0x00400  0x04400  yes     arguments and results of single calls; the glue wipes what it wrote and read
// SCRATCH   0x04400  0x08000  yes     field elements, states, key schedules; every exported function wipes what it used
// TABLES    0x08000  0x20000  no      tables computed once at start
// constants 0x20000  ...      no      static data of the compiler
// ARENA     after the constants       arguments, results and working space of bulk calls; wiped by the caller where secret

export const IO: usize = 0x400
export const IO_SIZE: usize = 0x4000
export const SCRATCH: usize = 0x4400
export const SCRATCH_SIZE: usize = 0x3c00
export const TABLES: usize = 0x8000
export const TABLES_SIZE: usize = 0x18000

/** Where the arena starts: the first address after all static data, aligned for vectors. */
export function arena(): usize {
  return (__heap_base + 63) & ~63
}

/** Overwrites a region with zeros. */
export function wipe(from: usize, size: usize): void {
  memory.fill(from, 0, size)
}
