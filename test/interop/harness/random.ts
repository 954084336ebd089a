/** Random histories as the harness has them: commits that add, remove and update many members at once, external joins and resyncs. */
import { utf8 } from '../../../src/base/bytes.ts'
import { dice } from '../dice.ts'
import { describe, type Stage } from './stage.ts'

/** How long, and how large. */
export interface Size {
  readonly founders: number
  readonly most: number
  readonly commits: number
  readonly seed: string
}

export async function randomHistory(stage: Stage, { founders, most, commits, seed }: Size): Promise<void> {
  const roll = dice(seed)
  let count = 0
  const newcomers = (length: number): string[] => Array.from({ length }, () => `actor ${count++}`)
  /** Takes some out of a list. */
  const draw = (from: string[], length: number): string[] =>
    Array.from({ length }, () => from.splice(roll(from.length), 1)[0]!)

  const [founder, ...others] = newcomers(founders)
  await stage.found(founder!, others)
  let members = [founder!, ...others]
  for (let i = 0; i < commits; i++) {
    if (roll(5) === 0) {
      const isResync = roll(2) === 0
      const rest = [...members]
      const [joiner] = isResync ? draw(rest, 1) : newcomers(1)
      const [host] = draw(rest, 1)
      await stage.externalJoin(host!, joiner!, { members: rest, removePrior: isResync, treeApart: roll(2) === 0 })
      if (!isResync) members.push(joiner!)
      continue
    }
    const rest = [...members]
    const [committer] = draw(rest, 1)
    const removed = draw(rest, roll(1 + Math.floor(members.length * 0.3)))
    const remaining = [...rest]
    const updated = draw([...rest], roll(1 + Math.floor(rest.length * 0.4)))
    const added = newcomers(roll(1 + Math.min(5, most - members.length)))
    const byReference: Uint8Array[] = []
    const byValue: ReturnType<typeof describe>[] = []
    for (const member of updated) byReference.push(await stage.propose(member, 'UpdateProposal'))
    for (const member of removed) {
      const rest = { removed: utf8(member) }
      if (roll(2) === 0) byValue.push(describe('remove', rest))
      else byReference.push(await stage.propose(remaining[0] ?? committer!, 'RemoveProposal', rest))
    }
    for (const member of added) {
      const rest = { keyPackage: await stage.keyPackage(member) }
      if (roll(2) === 0) byValue.push(describe('add', rest))
      else byReference.push(await stage.propose(remaining[0] ?? committer!, 'AddProposal', rest))
    }
    const [forcePath, treeApart] = [roll(2) === 0, roll(2) === 0]
    await stage.commit(committer!, { byReference, byValue, members: remaining, joiners: added, forcePath, treeApart })
    for (const member of removed) stage.states.delete(member)
    members = [committer!, ...remaining, ...added]
  }
}
