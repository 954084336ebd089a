/** Runs of random actions by fast-check, which makes those that fail small; each can be replayed from what it prints. */
import fc from 'fast-check'
import { ACTIONS, type ActionName, type Choices, type Run } from './actions.ts'
import { accept, commit } from './acts.ts'
import { attack } from './attack.ts'
import { heal, PSKS, talk } from './heal.ts'
import { addWish, join } from './joining.ts'
import { Service } from './service.ts'
import { Tally } from './tally.ts'
import { World } from './world.ts'

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
  restart: 3,
  die: 2,
  tidy: 2,
  restartService: 1,
  steal: 3,
  tell: 1,
  heal: 1,
}

type Step = readonly [name: ActionName, choices: Choices]

const choice = fc.nat(0xffff)
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(
    ...(Object.keys(WEIGHTS) as ActionName[]).flatMap(name => Array<ActionName>(WEIGHTS[name]).fill(name)),
  ),
  fc.tuple(choice, choice, choice, choice),
)

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
  if (framing === 0) service.follow(founder)
  return { world, service, isOver: false }
}

/** All find together, begin again and speak; then somebody at least was stolen from, and whatever was stolen is tried. */
function finish(run: Run): void {
  const { world, service } = run
  if (world.thefts.length === 0) world.steal(world.members.at(-1)!)
  if (!run.isOver && heal(world, service)) {
    world.membersAt(service.head).forEach((member, i) => {
      world.restart(member, i)
    })
    talk(world, service)
  } else world.tally.add('nobody left')
  attack(world, service)
}

export interface Profile {
  readonly suites: readonly number[]
  readonly runs: number
  /** How many actions there are in a run at most; half as many on average. */
  readonly steps: number
  readonly seed: number
  readonly milliseconds?: number
  /** As a failure prints it. */
  readonly path?: string
}

/** Runs a profile; what was done is in the tally. */
export function runModel(profile: Profile): Tally {
  const tally = new Tally()
  const { suites, runs, steps, seed, path, milliseconds } = profile
  // without a bias towards short runs; one that fails can be made as short as it gets
  const history = fc.noBias(fc.array(step, { maxLength: steps, size: 'max' }))
  fc.assert(
    fc.property(fc.nat(0xffff), fc.constantFrom(...suites), fc.nat(2), history, (random, suite, framing, actions) => {
      tally.add(`runs: suite ${suite}`)
      const run = start(random, suite, framing, tally)
      for (const [name, choices] of actions) if (!run.isOver) ACTIONS[name](run, choices)
      finish(run)
    }),
    {
      numRuns: runs,
      seed,
      ...(path === undefined ? {} : { path }),
      ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false }),
    },
  )
  return tally
}
