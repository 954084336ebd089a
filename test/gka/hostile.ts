/** What the tests of attacks share. */
import { Puppet } from './forge.ts'
import { expectRefused, names, type World, worldOf } from './world.ts'

export const some = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)

/** Tries a packet on members; each must refuse it with the code and stay as it was. */
export function expectAllRefuse(
  world: World,
  ids: readonly string[],
  code: string,
  from: string,
  bytes: Uint8Array,
): void {
  for (const id of ids) expectRefused(world.at(id), code, () => world.at(id).receive(from, bytes))
}

/** An inclusion of x by member 0 that has come to x, who is the test's own. */
export function invitation() {
  const world = worldOf(3)
  const puppet = new Puppet(world, 'x')
  const bytes = world.at('member 0').include(['x'])
  world.deliver({ from: 'member 0', bytes })
  return { world, puppet, bytes, old: names(3) }
}
