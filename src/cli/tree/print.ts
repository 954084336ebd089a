/** A tree and what is played on it, as text that teaches. */
import {
  isInSubtree,
  isLeaf,
  type LeafIndex,
  leafOfNode,
  type NodeIndex,
  nodeOfLeaf,
  subtreeEnd,
  subtreeStart,
} from '../../tree/math.ts'
import type { Style } from '../style.ts'
import { count, number, table, wrapped } from '../text.ts'
import type { Looks, Sealing, Step, Surroundings } from './play.ts'
import type { Stage } from './stage.ts'

export const LEGEND = '● ■ has a key   _ blank   [3 5] unmerged leaves   at the left: node numbers'
const MARKED = /^[*>+-]/
const MOST_NODES = 10
const MOST_BLANKS = 16
const MOST_KEYS = 4
const MOST_HOLDERS = 4

/** A drawing with its marks in colour: the leaf, its path, its copath. */
export function paintDrawing(drawing: string, style: Style): string {
  const lines = drawing.trimEnd().split('\n')
  // the last line explains the marks
  const isMarked = lines.length > 1 && lines.at(-1)!.startsWith('* leaf')
  return lines
    .map((line, i) => {
      if (isMarked && i === lines.length - 1) return style.faint(line)
      if (!isMarked || !MARKED.test(line)) return line
      if (line[0] === '+') return style.warn(line)
      return line[0] === '-' ? style.faint(line) : line[0] === '*' ? style.strong(line) : style.good(line)
    })
    .join('\n')
}

/** Nodes in a row; leaves with the names of their members. */
function nodesText(nodes: readonly NodeIndex[], nameOf: (leaf: LeafIndex) => string, most = MOST_NODES): string {
  if (nodes.length === 0) return 'none'
  const shown = nodes.slice(0, most).map(node => {
    const name = isLeaf(node) ? nameOf(leafOfNode(node)) : ''
    return name === '' ? String(node) : `${node} ${name}`
  })
  return shown.join(', ') + (nodes.length > most ? `, … ${number(nodes.length)} in all` : '')
}

/** Blanks and unmerged leaves. */
export function looksLines({ blanks, unmerged }: Looks, columns: number): string[] {
  const blank = blanks.length > MOST_BLANKS ? count(blanks.length, 'inner node') : blanks.join(' ') || 'none'
  const shown = unmerged.slice(0, 8).map(({ node, leaves }) => {
    const list = leaves.length > 6 ? `${leaves.slice(0, 6).join(' ')} … ${number(leaves.length)}` : leaves.join(' ')
    return `${node} [${list}]`
  })
  const rest = unmerged.length > 8 ? `, … at ${number(unmerged.length)} nodes` : ''
  return [
    ...wrapped('  blank inner nodes  ', blank, columns),
    ...wrapped('  unmerged leaves    ', shown.join(', ') + rest || 'none', columns),
  ]
}

/** The path and the copath of a leaf, with what its copath resolves to: whom it would encrypt to. */
export function surroundingsLines(around: Surroundings, stage: Stage, columns: number): string[] {
  const nameOf = (leaf: LeafIndex): string => stage.nameOf(leaf)
  const encryptions = around.copath.reduce((sum, { resolution }) => sum + resolution.length, 0)
  const rows = around.copath.map(({ node, resolution }, i) => {
    const above = around.directPath[i]!
    const isKept = around.filtered.includes(above)
    return [
      `  ${above}${isKept ? '' : ' left out'}`,
      String(node),
      resolution.length === 0 ? 'nobody' : keysText(resolution, stage),
    ]
  })
  return [
    ...wrapped('  direct path        ', around.directPath.join(' ') || 'none: the leaf is the root', columns),
    ...wrapped('  filtered           ', around.filtered.join(' ') || 'none', columns),
    ...wrapped(
      '  copath             ',
      nodesText(
        around.copath.map(({ node }) => node),
        nameOf,
        20,
      ),
      columns,
    ),
    ...(rows.length === 0 ? [] : ['', ...table([['  node', 'copath', 'resolution of the copath node'], ...rows], 3)]),
    `  ${count(encryptions, 'encryption')} would tell the other ${count(stage.memberCount() - 1, 'member')} a new secret`,
  ]
}

/** What a commit does, in a sentence. */
function sentence({ wish, names, added }: Step): string {
  const who = (leaf: LeafIndex): string => {
    const name = names.get(leaf) ?? ''
    return name === '' ? `leaf ${leaf}` : `${name} (leaf ${leaf})`
  }
  const does: string[] = []
  if (wish.removes.length > 0) does.push(`removes ${wish.removes.map(who).join(', ')}`)
  if (wish.updates.length > 0) does.push(`takes in new keys of ${wish.updates.map(who).join(', ')}`)
  if (added.length > 0) does.push(`adds ${added.map((leaf, i) => `${wish.adds[i]} (leaf ${leaf})`).join(', ')}`)
  does.push(does.length === 0 ? 'renews its keys and those above it' : 'renews its path')
  return `${who(wish.committer)} ${does.slice(0, -1).join(', ')}${does.length > 1 ? ' and ' : ''}${does.at(-1)}`
}

export function titleOf(step: Step, i: number, style: Style): string {
  return `${style.strong(`${i + 1}. ${step.operation.text}`)}  ${sentence(step)}`
}

/** Who has the private key of an inner node: the members below it that are not unmerged there. */
function holdersText(node: NodeIndex, stage: Stage): string {
  const { shape } = stage
  const unmerged = new Set<number>(shape.unmergedLeaves(node))
  const [first, end] = [subtreeStart(node) / 2, subtreeEnd(node, shape.leafCount) / 2]
  const holders: LeafIndex[] = []
  for (let next = shape.nextLeaf(first); next !== undefined && next <= end; next = shape.nextLeaf(next + 1)) {
    if (!unmerged.has(next)) holders.push(next as LeafIndex)
  }
  const names = holders.map(leaf => stage.nameOf(leaf))
  if (names.includes('')) return count(holders.length, 'member')
  return names.length > MOST_HOLDERS
    ? `${names[0]} to ${names.at(-1)}, ${count(names.length, 'member')}`
    : names.join(' ')
}

/** Keys that something is encrypted to: a member's own, or one that several hold. */
function keysText(nodes: readonly NodeIndex[], stage: Stage): string {
  const shown = nodes.slice(0, MOST_KEYS).map(node => {
    if (!isLeaf(node)) return `${node} (${holdersText(node, stage)})`
    return `${node} ${stage.nameOf(leafOfNode(node))}`.trimEnd()
  })
  return shown.join(', ') + (nodes.length > MOST_KEYS ? `, … ${number(nodes.length)} in all` : '')
}

function sealingRows(sealings: readonly Sealing[], stage: Stage): string[] {
  const rows = sealings.map(({ node, copath, recipients, bytes }) => [
    `  ${node}`,
    String(copath),
    recipients.length === 0 ? 'nobody: all joined just now' : keysText(recipients, stage),
    number(recipients.length),
    number(bytes),
  ])
  const encryptions = sealings.reduce((sum, { recipients }) => sum + recipients.length, 0)
  const bytes = sealings.reduce((sum, sealing) => sum + sealing.bytes, 0)
  return table(
    [
      ['  secret of', 'below', 'is encrypted to the keys of', 'times', 'bytes'],
      ...rows,
      ['  in all', '', '', number(encryptions), number(bytes)],
    ],
    3,
  )
}

/** What newcomers are told apart from the update path: the secret of the lowest new node above them (section 12.4.3.1). */
function welcomeLines({ sealings, added, wish }: Step, columns: number): string[] {
  if (added.length === 0) return []
  const told = added.slice(0, 8).map((leaf, i) => {
    const above = sealings.find(({ copath }) => isInSubtree(nodeOfLeaf(leaf), copath))
    return `${wish.adds[i]} the secret of ${above?.node}`
  })
  return wrapped('  ', `The Welcome tells ${told.join(', ')}${added.length > 8 ? ' and so on' : ''}.`, columns)
}

/** What a commit encrypts to whom, and what the tree is like afterwards. */
export function stepLines(step: Step, stage: Stage, { columns, style }: { columns: number; style: Style }): string[] {
  const { sealings, directPath, looks, bytes, leafBytes, followers } = step
  const nameOf = (leaf: LeafIndex): string => stage.nameOf(leaf)
  const left = directPath.filter(node => !sealings.some(sealing => sealing.node === node))
  const leftOut = left.length === 0 ? '' : `; ${left.join(' ')} left out: nobody below the other side`
  const [head = '', ...rows] = sealings.length === 0 ? [] : sealingRows(sealings, stage)
  return [
    ...wrapped('  direct path        ', (directPath.join(' ') || 'none') + leftOut, columns),
    ...wrapped(
      '  copath             ',
      nodesText(
        sealings.map(({ copath }) => copath),
        nameOf,
        20,
      ),
      columns,
    ),
    ...looksLines(looks, columns),
    '',
    ...(head === '' ? ['  nobody else is there: nothing is encrypted'] : [style.faint(head), ...rows]),
    `  The update path takes ${count(bytes, 'byte')}: a leaf of ${number(leafBytes)}, and these nodes.`,
    ...welcomeLines(step, columns),
    ...(followers === undefined || followers < 2
      ? []
      : [`  ${style.good('✓')} the other ${count(followers - 1, 'member')} opened it and agree on the new secret`]),
  ]
}

/** All commits in one table. */
export function summaryLines(steps: readonly Step[], style: Style): string[] {
  const rows = steps.map((step, i) => [
    `  ${i + 1}. ${step.operation.text}`,
    number(step.looks.members),
    number(step.sealings.length),
    number(step.sealings.reduce((sum, { recipients }) => sum + recipients.length, 0)),
    number(step.bytes),
    number(step.looks.blanks.length),
    number(step.looks.unmerged.reduce((sum, { leaves }) => sum + leaves.length, 0)),
  ])
  const [head, ...body] = table(
    [['  commit', 'members', 'path', 'encryptions', 'bytes', 'blank', 'unmerged'], ...rows],
    1,
  )
  return [style.faint(head!), ...body]
}
