/** Bytes of callers: Buffers, of which `slice` is not a copy, overwritten as soon as a call is over. */

/** Lends bytes to a call as a Buffer. */
export const lend = <T>(bytes: Uint8Array, call: (lent: Buffer) => T): T => lendAll({ bytes }, lent => call(lent.bytes))

/** Lends several. */
export function lendAll<K extends string, T>(
  bytes: Readonly<Record<K, Uint8Array>>,
  call: (lent: Record<K, Buffer>) => T,
): T {
  const lent = Object.fromEntries(
    Object.entries<Uint8Array>(bytes).map(([name, value]) => [name, Buffer.from(value)]),
  ) as Record<K, Buffer>
  try {
    return call(lent)
  } finally {
    for (const buffer of Object.values<Buffer>(lent)) buffer.fill(0xee)
  }
}
