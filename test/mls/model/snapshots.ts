/** States as bytes: taken at any moment, and brought back to life as another group, by a member after a restart or by a thief. */
import { toHex } from '../../../src/base/bytes.ts'
import type { Group } from '../../../src/mls/group.ts'
import { fingerprint as everything } from '../forge-commit.ts'

const text = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? `${value}` : value

/** Equal before and after whatever is refused. */
export function fingerprint(group: Group): string {
  return JSON.stringify(everything(group), text)
}
