/** Scenarios like those of the working group's harness, in our words. */

import { expect } from 'vitest'
import { utf8 } from '../../../src/base/bytes.ts'
import { describe, type Stage } from './stage.ts'

type Scenario = (stage: Stage) => Promise<void>

// a required_capabilities that requires nothing, and an empty list of external senders
const REQUIRING_NOTHING = { type: 3, data: Uint8Array.of(0, 0, 0) }
const NO_SENDERS = { type: 5, data: Uint8Array.of(0) }

async function proposeAdd(stage: Stage, proposer: string, joiner: string): Promise<Uint8Array> {
  return stage.propose(proposer, 'AddProposal', { keyPackage: await stage.keyPackage(joiner) })
}

const joining: Record<string, Scenario> = Object.fromEntries(
  [{}, { forcePath: true }, { treeApart: true }, { forcePath: true, treeApart: true }].map(how => {
    const name = `join by a welcome ${Object.keys(how).join(' and ')}`
    const scenario: Scenario = async stage => {
      await stage.found('alice')
      const byReference = [await proposeAdd(stage, 'alice', 'bob')]
      await stage.commit('alice', { byReference, joiners: ['bob'], ...how })
    }
    return [name, scenario]
  }),
)

const pskJoin: Scenario = async stage => {
  await stage.found('alice')
  const add = await proposeAdd(stage, 'alice', 'bob')
  const { id } = await stage.psk(['alice', 'bob'])
  const psk = await stage.propose('alice', 'ExternalPSKProposal', { pskId: id })
  await stage.commit('alice', { byReference: [add, psk], joiners: ['bob'] })
}

const external: Record<string, Scenario> = {
  'join by an external commit': async stage => {
    await stage.found('alice')
    await stage.externalJoin('alice', 'bob')
  },
  'join by an external commit with the tree apart': async stage => {
    await stage.found('alice', ['carol'])
    await stage.externalJoin('carol', 'bob', { treeApart: true, members: ['alice'] })
  },
  'join by an external commit with a pre-shared key': async stage => {
    await stage.found('alice')
    await stage.externalJoin('alice', 'bob', { psks: [await stage.psk(['alice'])] })
  },
  'come back by an external commit': async stage => {
    await stage.found('alice', ['bob', 'carol'])
    const lost = stage.state('bob')
    await stage.externalJoin('alice', 'bob', { removePrior: true, members: ['carol'] })
    expect(stage.state('bob')).not.toBe(lost)
    await stage.commit('bob', { members: ['alice', 'carol'], forcePath: true })
  },
}

const messages: Scenario = async stage => {
  await stage.found('alice', ['bob'])
  const say = async (text: string): Promise<[Uint8Array, string]> => {
    const request = { state: stage.state('alice'), authenticatedData: utf8(`about ${text}`), data: utf8(text) }
    return [(await stage.call('alice', 'Protect', request)).message, text]
  }
  const before = [await say('one'), await say('two'), await say('three')]
  await stage.commit('alice', { members: ['bob'] })
  const after = [await say('four'), await say('five')]
  for (const [message, text] of [after[1]!, after[0]!, before[2]!, before[0]!, before[1]!]) {
    const read = await stage.call('bob', 'Unprotect', { state: stage.state('bob'), message })
    expect(read).toEqual({ authenticatedData: utf8(`about ${text}`), data: utf8(text) })
    await expect(stage.call('bob', 'Unprotect', { state: stage.state('bob'), message })).rejects.toMatchObject({
      code: 3,
    })
  }
}

const commits: Record<string, Scenario> = {
  'empty commits, with a path that is required anyway': async stage => {
    await stage.found('alice', ['bob'])
    await stage.commit('alice', { members: ['bob'] })
    await stage.commit('bob', { members: ['alice'], forcePath: true })
  },
  'add by reference and by value, with and without a path': async stage => {
    await stage.found('alice', ['bob'])
    const members = ['bob']
    for (const forcePath of [true, false]) {
      const joiners = ['one', 'two', 'three'].map(name => `${name} ${forcePath}`)
      const byReference = [await proposeAdd(stage, 'alice', joiners[0]!), await proposeAdd(stage, 'bob', joiners[1]!)]
      const byValue = [describe('add', { keyPackage: await stage.keyPackage(joiners[2]!) })]
      await stage.commit('alice', { byReference, byValue, members, joiners, forcePath })
      members.push(...joiners)
    }
  },
  'remove by reference and by value': async stage => {
    await stage.found('alice', ['bob', 'carol', 'dave', 'eve'])
    const byReference = [
      await stage.propose('alice', 'RemoveProposal', { removed: utf8('carol') }),
      await stage.propose('bob', 'RemoveProposal', { removed: utf8('dave') }),
    ]
    await stage.commit('alice', {
      byReference,
      byValue: [describe('remove', { removed: utf8('eve') })],
      members: ['bob'],
    })
    await expect(stage.propose('bob', 'RemoveProposal', { removed: utf8('eve') })).rejects.toMatchObject({ code: 3 })
  },
  'a single removal': async stage => {
    await stage.found('alice', ['bob', 'carol'])
    await stage.commit('bob', { byValue: [describe('remove', { removed: utf8('alice') })], members: ['carol'] })
  },
  'updates, that of the first leaf among them': async stage => {
    await stage.found('alice', ['bob', 'carol'])
    const byReference = [await stage.propose('alice', 'UpdateProposal'), await stage.propose('carol', 'UpdateProposal')]
    await stage.commit('bob', { byReference, members: ['alice', 'carol'] })
    await stage.commit('alice', {
      byReference: [await stage.propose('bob', 'UpdateProposal')],
      members: ['bob', 'carol'],
    })
  },
  'group context extensions': async stage => {
    await stage.found('alice', ['bob'])
    const set = await stage.propose('alice', 'GroupContextExtensionsProposal', {
      extensions: [REQUIRING_NOTHING, NO_SENDERS],
    })
    await stage.commit('alice', { byReference: [set], members: ['bob'] })
    const clear = await stage.propose('bob', 'GroupContextExtensionsProposal', { extensions: [] })
    await stage.commit('alice', { byReference: [clear], members: ['bob'] })
    const byValue = [describe('groupContextExtensions', { extensions: [REQUIRING_NOTHING] })]
    await stage.commit('alice', { byValue, members: ['bob'] })
  },
  'external pre-shared keys, with and without a path': async stage => {
    await stage.found('alice', ['bob'])
    const [first, second, third] = [
      await stage.psk(['alice', 'bob']),
      await stage.psk(['alice', 'bob']),
      await stage.psk(['alice', 'bob']),
    ]
    for (const forcePath of [true, false]) {
      const byReference = [
        await stage.propose('alice', 'ExternalPSKProposal', { pskId: first.id }),
        await stage.propose('bob', 'ExternalPSKProposal', { pskId: second.id }),
      ]
      const byValue = [describe('externalPSK', { pskId: third.id })]
      await stage.commit('alice', { byReference, byValue, members: ['bob'], forcePath })
    }
  },
  'resumption keys of earlier epochs': async stage => {
    await stage.found('alice', ['bob'])
    for (let i = 0; i < 2; i++) await stage.commit('alice', { members: ['bob'] })
    for (const [first, second, third] of [
      [1n, 2n, 3n],
      [2n, 3n, 4n],
    ] as const) {
      const byReference = [
        await stage.propose('alice', 'ResumptionPSKProposal', { epoch: first }),
        await stage.propose('bob', 'ResumptionPSKProposal', { epoch: second }),
      ]
      await stage.commit('alice', {
        byReference,
        byValue: [describe('resumptionPSK', { epoch: third })],
        members: ['bob'],
      })
    }
  },
}

const together =
  (proposer: string): Scenario =>
  async stage => {
    await stage.found('alice', ['bob', 'carol', 'dave'])
    await stage.commit('alice', { members: ['bob', 'carol', 'dave'] })
    const [first, second] = [await stage.psk(['alice', 'bob']), await stage.psk(['alice', 'bob'])]
    const byReference = [
      await proposeAdd(stage, proposer, 'eve'),
      await stage.propose(proposer, 'RemoveProposal', { removed: utf8('carol') }),
      await stage.propose(proposer, 'GroupContextExtensionsProposal', { extensions: [REQUIRING_NOTHING, NO_SENDERS] }),
      await stage.propose(proposer, 'ExternalPSKProposal', { pskId: first.id }),
      ...(proposer === 'alice' ? [] : [await stage.propose(proposer, 'UpdateProposal')]),
    ]
    const byValue = [
      describe('add', { keyPackage: await stage.keyPackage('frank') }),
      describe('remove', { removed: utf8('dave') }),
      describe('externalPSK', { pskId: second.id }),
      describe('resumptionPSK', { epoch: 2n }),
    ]
    // newcomers do not have these keys: only those who were there can follow
    await stage
      .call('alice', 'Commit', {
        state: stage.state('alice'),
        byReference,
        byValue,
      })
      .then(async ({ commit, welcome }) => {
        expect(welcome.length).toBeGreaterThan(0)
        const own = await stage.call('alice', 'HandlePendingCommit', { state: stage.state('alice') })
        const request = { state: stage.state('bob'), proposals: byReference, commit }
        expect(await stage.call('bob', 'HandleCommit', request)).toEqual({ ...own, state: stage.state('bob') })
        const state = stage.transactions.get('eve')!
        await expect(stage.call('eve', 'JoinGroup', { transaction: state, welcome })).rejects.toMatchObject({ code: 3 })
      })
    await stage.talk(['bob', 'alice'])
  }

const FIVE = ['alice', 'bob', 'carol', 'dave', 'eve']

const continuations: Record<string, Scenario> = {
  ...Object.fromEntries(
    (['suite', 'group', 'extensions', 'apart', 'path'] as const).map(kind => {
      const scenario: Scenario = async stage => {
        await stage.found('alice', FIVE.slice(1))
        await stage.reinit({
          proposer: 'alice',
          committer: 'bob',
          welcomer: 'carol',
          everybody: FIVE,
          ...(kind === 'suite' ? { suite: stage.setting.otherSuite } : {}),
          ...(kind === 'extensions' ? { extensions: [REQUIRING_NOTHING, NO_SENDERS] } : { groupId: 'another name' }),
          ...(kind === 'apart' ? { treeApart: true } : {}),
          ...(kind === 'path' ? { forcePath: true } : {}),
        })
        // the new group is one like others
        if (kind === 'group') await stage.commit('dave', { members: ['alice', 'bob', 'carol', 'eve'] })
      }
      return [`reinitialize: ${kind}`, scenario]
    }),
  ),
  'reinitialize, one for all': async stage => {
    await stage.found('alice', FIVE.slice(1))
    await stage.reinit({ proposer: 'alice', committer: 'alice', welcomer: 'alice', everybody: FIVE })
  },
  ...Object.fromEntries(
    [{}, { extensions: [REQUIRING_NOTHING, NO_SENDERS] }, { treeApart: true }, { forcePath: true }].map(how => {
      const scenario: Scenario = async stage => {
        await stage.found('alice', FIVE.slice(1))
        const before = await stage.branch('alice', FIVE.slice(1, 4), how)
        await stage.commit('carol', { members: ['alice', 'bob', 'dave'] })
        // the old group goes on beside the branch
        for (const [actor, state] of before) stage.states.set(actor, state)
        await stage.commit('eve', { members: FIVE.slice(0, 4), forcePath: true })
      }
      return [`branch ${Object.keys(how).join()}`, scenario]
    }),
  ),
}

/** A group with external senders, and a way to have each of them propose something. */
async function withSenders(stage: Stage, senders: readonly string[]) {
  await stage.found('alice', ['bob', 'carol'])
  const numbers = new Map<string, number>()
  for (const sender of senders) {
    const made = await stage.call(sender, 'CreateExternalSigner', {
      suite: stage.setting.suite,
      identity: utf8(sender),
    })
    numbers.set(sender, made.signer)
    const { externalSender } = made
    const proposal = await stage.propose('alice', 'AddExternalSigner', { externalSender })
    await stage.commit('alice', { byReference: [proposal], members: ['bob', 'carol'] })
  }
  return async (sender: string, kind: string, rest: Parameters<typeof describe>[1]): Promise<Uint8Array> => {
    const info = await stage.call('bob', 'GroupInfo', { state: stage.state('bob'), treeApart: true })
    const description = describe(kind, rest)
    const request = { signer: numbers.get(sender)!, ...info, description }
    return (await stage.call(sender, 'ExternalSignerProposal', request)).proposal
  }
}

const outsiders: Record<string, Scenario> = {
  'a newcomer asks to be added': async stage => {
    await stage.found('alice', ['bob'])
    const { groupInfo } = await stage.call('alice', 'GroupInfo', { state: stage.state('alice') })
    const asked = await stage.call('carol', 'NewMemberAddProposal', { groupInfo, identity: utf8('carol') })
    stage.transactions.set('carol', asked.transaction)
    await stage.commit('bob', { byReference: [asked.proposal], members: ['alice'], joiners: ['carol'] })
  },
  'external senders add and remove': async stage => {
    const from = await withSenders(stage, ['service'])
    const add = await from('service', 'add', { keyPackage: await stage.keyPackage('dave') })
    await stage.commit('alice', { byReference: [add], members: ['bob', 'carol'], joiners: ['dave'] })
    const remove = await from('service', 'remove', { removed: utf8('bob') })
    await stage.commit('carol', { byReference: [remove], members: ['alice', 'dave'] })
  },
  'several external senders propose pre-shared keys': async stage => {
    const from = await withSenders(stage, ['first', 'second'])
    const [one, two] = [await stage.psk(['alice', 'bob', 'carol']), await stage.psk(['alice', 'bob', 'carol'])]
    const byReference = [
      await from('first', 'externalPSK', { pskId: one.id }),
      await from('second', 'externalPSK', { pskId: two.id }),
      await from('second', 'resumptionPSK', { epoch: 2n }),
    ]
    await stage.commit('bob', { byReference, members: ['alice', 'carol'] })
  },
  'an external sender changes the extensions': async stage => {
    const from = await withSenders(stage, ['service'])
    const extensions = await from('service', 'groupContextExtensions', { extensions: [REQUIRING_NOTHING] })
    await stage.commit('alice', { byReference: [extensions], members: ['bob', 'carol'] })
    // it is no external sender any more
    await expect(from('service', 'remove', { removed: utf8('bob') })).rejects.toMatchObject({ code: 3 })
  },
  'an external sender ends the group': async stage => {
    const from = await withSenders(stage, ['service'])
    const terms = { suite: stage.setting.otherSuite, groupId: utf8('after that'), extensions: [REQUIRING_NOTHING] }
    const proposal = await from('service', 'reinit', terms)
    const everybody = ['alice', 'bob', 'carol']
    await stage.reinit({ proposer: 'service', committer: 'alice', welcomer: 'bob', everybody, proposal })
  },
}

/** All of them, by their names. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...joining,
  'join by a welcome with a pre-shared key': pskJoin,
  ...external,
  'messages out of order, across epochs, and twice': messages,
  ...commits,
  'everything in one commit, proposed by its committer': together('alice'),
  'everything in one commit, proposed by another': together('bob'),
  ...continuations,
  ...outsiders,
}
