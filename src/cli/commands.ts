/** The commands of `copath`, loaded when they are called. */
import type { Command } from './command.ts'

/** By name, in the order of `copath help`: modules in `commands/`, each exporting `command`. */
export type Commands = Readonly<Record<string, () => Promise<{ readonly command: Command }>>>

export const COMMANDS: Commands = {
  demo: () => import('./commands/demo.ts'),
  tree: () => import('./commands/tree.ts'),
  inspect: () => import('./commands/inspect.ts'),
  bench: () => import('./commands/bench.ts'),
  vectors: () => import('./commands/vectors.ts'),
}
