/** Looks for what calls left behind in the memory of the shared symmetric instance. */
import { symmetric } from '../../../../src/crypto/backends/wasm/symmetric.ts'

/** The first bytes that are not zero in IO, in SCRATCH and in the arena, one for each region; none where all was wiped. */
export function leftInMemory(): string[] {
  const { exports, bytes, io, ioSize, reserve } = symmetric()
  const constant = (name: string): number => (exports[name] as WebAssembly.Global).value as number
  const memory = bytes()
  const regions = [
    { name: 'IO', from: io, to: io + ioSize },
    { name: 'SCRATCH', from: constant('SCRATCH'), to: constant('SCRATCH') + constant('SCRATCH_SIZE') },
    { name: 'arena', from: reserve(0), to: memory.length },
  ]
  const left: string[] = []
  for (const { name, from, to } of regions) {
    const at = memory.subarray(from, to).findIndex(byte => byte !== 0)
    if (at >= 0) left.push(`${name} + 0x${at.toString(16)}`)
  }
  return left
}
