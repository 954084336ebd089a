/**
 * Random groups on a network that loses, delays, repeats and disorders, against a model that says beforehand what each member
 * makes of each message. A run that fails prints its seed and path: give them as COPATH_MODEL_SEED and COPATH_MODEL_PATH to see
 * it again. `node test/long/mls-model.mjs` goes on for longer.
 */
import { expect, it } from 'vitest'
import { allSuites } from '../../crypto/curve-backends.ts'
import { runModel } from './run.ts'
import { FORMS } from './snapshots.ts'

const { COPATH_MODEL_SEED: seed = '20260101', COPATH_MODEL_PATH: path } = process.env as Record<
  string,
  string | undefined
>

/** What has to have happened somewhere in the runs: otherwise they show less than they seem to. */
const SEEN = [
  ...['healed', 'won', 'lost', 'leaked', 'delivered twice', 'message lost', 'set aside', 'followed', 'rejected'],
  ...['stolen', 'attack: read something', 'attack: followed', 'attack: shut out', 'attack: by an earlier state'],
  ...['attack: opened a Welcome', 'attack: no Welcome', 'no-key-package'],
  ...[
    'restarted',
    'restarted: service',
    'died',
    'died: before the group',
    'died: before the client',
    'loaded with another key',
    'delta-out-of-order',
  ],
  ...['a commit waits', 'its key changes', 'proposals wait', 'proposals are set aside', 'its update waits']
    .concat(['keys were skipped', 'past epochs', 'removed'])
    .map(activity => `restarted: ${activity}`),
  ...FORMS.map(form => `stored: ${form}`),
  ...['joined', 'joined again', 'joined by oneself', 'last resort'],
  ...['add', 'remove', 'update', 'self_remove', 'external_psk', 'resumption_psk', 'extensions', 'custom'].map(
    type => `committed reference: ${type}`,
  ),
  ...['add', 'remove', 'external_psk', 'resumption_psk', 'extensions', 'custom'].map(
    type => `committed value: ${type}`,
  ),
  ...['proposed from outside: add', 'proposed from outside: remove'],
  ...['words', 'proposal', 'commit', 'removed'].map(kind => `read: ${kind}`),
  ...['commit-pending', 'generation-consumed', 'generation-too-far', 'group-inactive'],
  ...['invalid-proposal', 'invalid-proposal-list', 'invalid-tag', 'no-pending-commit', 'own-data'],
  ...['proposals-pending', 'self-remove-pending', 'too-many-proposals', 'unknown-psk', 'wrong-epoch'],
]

it('members do what the model says', () => {
  const tally = runModel({
    suites: [1, 3],
    runs: 40,
    steps: 180,
    seed: Number(seed),
    // a run that fails is made smaller for so long
    milliseconds: 240_000,
    ...(path === undefined ? {} : { path }),
  })
  if (path !== undefined) return
  const seen = new Set([...tally.counts.keys()].map(name => name.replace('refused: ', '')))
  expect(SEEN.filter(name => !seen.has(name))).toEqual([])
  expect(tally.counts.get('nobody left') ?? 0).toBeLessThan(6)
  expect(tally.total('read', 'refused', 'said', 'proposed', 'committed')).toBeGreaterThan(6_000)
  expect(tally.counts.get('attack: tried')).toBeGreaterThan(4_000)
}, 300_000)

const others = allSuites()
  .suites()
  .filter(id => id !== 1 && id !== 3)

it.each(others)('members do in suite %i what the model says', suite => {
  const { counts } = runModel({ suites: [suite], runs: 1, steps: 48, seed: Number(seed) + suite })
  const needed = ['healed', 'won', 'joined', 'read: words', 'restarted', 'stolen', 'attack: tried']
  expect(needed.filter(what => !counts.has(what))).toEqual([])
})
