/** What happens to a tree, told as it happens: for people, and for programs. */
import type { LeafIndex } from '../../tree/math.ts'
import type { Io } from '../command.ts'
import type { Style } from '../style.ts'
import { type Looks, looksOf, type Step, type Surroundings } from './play.ts'
import { LEGEND, looksLines, paintDrawing, stepLines, surroundingsLines, titleOf } from './print.ts'
import { MOST_SIMULATED, type Stage } from './stage.ts'

/** The names that members have. */
export function usedNames(stage: Stage): Set<string> {
  const names = new Set<string>()
  const { shape } = stage
  for (let next = shape.nextLeaf(0); next !== undefined; next = shape.nextLeaf(next + 1)) {
    names.add(stage.nameOf(next as LeafIndex))
  }
  return names
}

/** The whole of a small tree, with one member's surroundings where they are asked for; of a large one only those. */
export function showTree(
  stage: Stage,
  around: Surroundings | undefined,
  { io, style, isAlone }: { io: Io; style: Style; isAlone: boolean },
): void {
  const { columns } = io
  const isLarge = stage.memberCount() > MOST_SIMULATED
  if (!isLarge || around !== undefined || isAlone) {
    io.out(paintDrawing(stage.draw(around?.leaf), style))
    io.out(`\n${style.faint(LEGEND)}`)
  }
  io.out(around === undefined ? '' : ['', ...surroundingsLines(around, stage, columns), ''].join('\n'))
  if (isAlone) io.out(looksLines(looksOf(stage), columns).join('\n'))
}

/** One commit: the tree with it, whom its secrets are encrypted to, what the tree is like afterwards. */
export function showStep(step: Step, i: number, { stage, io, style }: { stage: Stage; io: Io; style: Style }): void {
  io.out(`${titleOf(step, i, style)}\n`)
  io.out(paintDrawing(stage.draw(step.wish.committer), style))
  io.out(`\n${stepLines(step, stage, { columns: io.columns, style }).join('\n')}\n`)
}

export function looksJson({ members, leaves, blanks, unmerged }: Looks): Record<string, unknown> {
  return { members, leaves, blanks, unmerged }
}

export function stepJson({
  operation,
  wish,
  directPath,
  sealings,
  added,
  bytes,
  leafBytes,
  looks,
}: Step): Record<string, unknown> {
  const { committer, updates, removes } = wish
  return {
    operation: operation.text,
    ...{ committer, updates, removes, added, directPath },
    filteredDirectPath: sealings.map(({ node }) => node),
    copath: sealings.map(({ copath }) => copath),
    encryptions: sealings,
    encryptionCount: sealings.reduce((sum, { recipients }) => sum + recipients.length, 0),
    bytes: { path: bytes, leaf: leafBytes },
    tree: looksJson(looks),
  }
}
