/** Runs of random actions by fast-check, which makes those that fail small; each can be replayed from what it prints. */
import fc from 'fast-check'
import { PublicGroup } from '../../../src/mls/public-group.ts'
import { NOW } from '../group-world.ts'
import { ACTIONS, type ActionName, type Choices, type Run } from './actions.ts'
import { accept, commit } from './acts.ts'
import { attack } from './attack.ts'
import { heal, PSKS } from './heal.ts'
import { addWish, join } from './joining.ts'
import { Service } from './service.ts'
import { Tally, World } from './world.ts'

/** How often each action is drawn. */
const WEIGHTS: Record<ActionName, number> = {
  say: 6,
  chatter: 1,
  propose: 6,
  commit: 6,
  decide: 3,
  deliver: 22,
  lose: 1,
  replay: 2,
  outside: 1,
  join: 3,
  joinAlone: 1,
  leak: 1,
  accept: 2,
  giveUp: 1,
  catchUp: 2,
  setAside: 1,
  loseInvitation: 1,
  restart: 1,
  steal: 3,
  tell: 1,
  heal: 1,
}

class Step implements fc.Command<object, Run> {
  readonly name: ActionName
  readonly choices: Choices

  constructor(name: ActionName, choices: Choices) {
    this.name = name
    this.choices = choices
  }

  check(): boolean {
    return true
  }

  run(_: object, run: Run): void {
    if (!run.isOver) ACTIONS[this.name](run, this.choices)
  }

  toString(): string {
    return `${this.name}(${this.choices.join(', ')})`
  }
}

const choice = fc.nat(0xffff)
const steps = (Object.keys(WEIGHTS) as ActionName[]).flatMap(name => {
  const step = fc.tuple(choice, choice, choice, choice).map(choices => new Step(name, choices))
  return Array.from({ length: WEIGHTS[name] }, () => step)
})

/** A group of three to start with; its first member knows a key that only it and the second have. */
function start(seed: number, suite: number, framing: number, tally: Tally): Run {
  const world = new World(seed, suite, framing, tally)
  for (const person of world.people.slice(0, 4)) for (const psk of PSKS) person.known.add(psk)
  const founder = world.found()
  const wishes = [1, 2].map(i => addWish(world, world.people[i]!, false))
  const made = commit(world, founder, { wishes, path: true, received: true, tree: 'inside', newKey: false })!
  const service = new Service(world, founder.epoch)
  service.decide({ commit: made, by: founder })
  accept(world, founder)
  for (const invitation of world.invitations.splice(0)) join(world, invitation)
  if (framing === 0) {
    const groupInfo = world.groupOf(founder).groupInfo()
    service.follower = PublicGroup.follow({
      suite: world.suite,
      groupInfo,
      config: { clock: () => NOW, maxProposals: 1000 },
    })
  }
  return { world, service, isOver: false }
}

export interface Profile {
  readonly suites: readonly number[]
  readonly runs: number
  readonly steps: number
  readonly seed: number
  readonly milliseconds?: number
  /** Both as a failure prints them. */
  readonly path?: string
  readonly replayPath?: string
}

/** Runs a profile; what was done is in the tally. */
export function runModel(profile: Profile): Tally {
  const tally = new Tally()
  const { suites, runs, seed, path, replayPath, milliseconds } = profile
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.constantFrom(...suites),
      fc.nat(2),
      fc.commands(steps as never, {
        maxCommands: profile.steps,
        size: 'max',
        ...(replayPath === undefined ? {} : { replayPath }),
      }),
      (random, suite, framing, commands) => {
        tally.add('runs')
        let run: Run | undefined
        const begin = () => ({ model: {}, real: (run = start(random, suite, framing, tally)) })
        fc.modelRun(begin, commands as Iterable<fc.Command<object, Run>>)
        if (!run!.isOver && !heal(run!.world, run!.service)) tally.add('died out')
        attack(run!.world, run!.service)
      },
    ),
    {
      numRuns: runs,
      seed,
      ...(path === undefined ? {} : { path }),
      ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false }),
    },
  )
  return tally
}
