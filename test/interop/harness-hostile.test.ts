/** The service of the working group's harness against calls that make no sense: each is answered by an error, and nothing changes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, grpcIsInstalled, type Remote, Status } from '../../interop/grpc.ts'
import { startServer } from '../../interop/server.ts'
import { METHODS, type MethodName } from '../../interop/service.ts'
import { utf8 } from '../../src/base/bytes.ts'
import { dice } from './dice.ts'
import { describe as inWords, Stage } from './harness/stage.ts'

const suiteOfHarness = grpcIsInstalled ? describe : describe.skip
const NAMES = Object.keys(METHODS) as MethodName[]
const REFUSALS: number[] = [Status.invalidArgument, Status.notFound, Status.failedPrecondition]
const setting = { suite: 1, encryptHandshake: false, otherSuite: 3 }

/** The status that a call is refused with; 0 if it is not. */
async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call
    return 0
  } catch (error) {
    return (error as { readonly code: number }).code
  }
}

suiteOfHarness(
  grpcIsInstalled ? 'hostile calls' : 'hostile calls (gRPC is not installed: npm ci --prefix peers)',
  () => {
    let remote: Remote
    const closing: (() => void)[] = []

    beforeAll(async () => {
      const server = await startServer(0)
      remote = await connect(server.address)
      closing.push(remote.close, server.close)
    })
    afterAll(() => {
      for (const close of closing) close()
    })

    it('numbers that stand for nothing, or for something else, are not found', async () => {
      const stage = new Stage([remote], setting)
      await stage.found('alice')
      const { signer } = await stage.call('alice', 'CreateExternalSigner', { suite: 1, identity: utf8('service') })
      const needsNoNumber = ['Name', 'SupportedCiphersuites', 'CreateGroup', 'CreateKeyPackage', 'ExternalJoin']
      const made = ['NewMemberAddProposal', 'CreateExternalSigner']
      let asked = 0
      for (const name of NAMES.filter(method => ![...needsNoNumber, ...made].includes(method))) {
        for (const number of [0, 4_294_967_295, name === 'ExternalSignerProposal' ? stage.state('alice') : signer]) {
          if (name === 'Free' && number === signer) continue
          // the number is always the first field
          const request = METHODS.StateAuth.request.encode({ state: number })
          expect([name, number, await statusOf(remote.callRaw(name, request))]).toEqual([name, number, Status.notFound])
          asked++
        }
      }
      expect(asked).toBe((NAMES.length - 7) * 3 - 1)
      await stage.free()
    })

    it('whatever bytes a call brings, it is answered, and never by an error of ours', async () => {
      const roll = dice('calls')
      const statuses = new Set<number>()
      for (const name of NAMES) {
        for (let i = 0; i < 25; i++) {
          const bytes = Uint8Array.from({ length: roll(40) }, () => (roll(3) === 0 ? roll(0x30) : roll(256)))
          statuses.add(await statusOf(remote.callRaw(name, bytes)))
        }
      }
      for (const status of statuses) expect([0, ...REFUSALS]).toContain(status)
      expect(statuses).toContain(Status.invalidArgument)
      expect(await remote.call('Name', {})).toEqual({ name: 'copath' })
    })

    it('fields of wrong types, numbers without an end, and strings that are none are refused', async () => {
      // a number where bytes are expected; a length beyond the end; eleven bytes of a number; a group; field 0; no UTF-8
      const wrong: [MethodName, number[]][] = [
        ['CreateGroup', [0x08, 1]],
        ['CreateGroup', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
        ['StateAuth', [0x08, ...Array<number>(10).fill(0x80), 1]],
        ['StateAuth', [0x0b, 0x0c]],
        ['StateAuth', [0x00, 1]],
        ['Export', [0x12, 2, 0xc3, 0x28]],
      ]
      for (const [name, bytes] of wrong) {
        expect(await statusOf(remote.callRaw(name, Uint8Array.from(bytes)))).toBe(Status.invalidArgument)
      }
    })

    it('damaged messages change nothing: the right one is still taken', async () => {
      const roll = dice('damage')
      const stage = new Stage([remote], setting)
      await stage.found('alice', ['bob'])
      const damaged = (bytes: Uint8Array): Uint8Array => {
        const copy = bytes.slice(0, roll(4) === 0 ? roll(bytes.length) : bytes.length)
        if (copy.length > 0) copy[roll(copy.length)]! ^= 1 << roll(8)
        return copy
      }
      const keyPackage = await stage.keyPackage('carol')
      const state = stage.state('alice')
      const proposal = await stage.propose('bob', 'UpdateProposal')
      for (let i = 0; i < 20; i++) {
        const proposals = [damaged(proposal)]
        expect(REFUSALS).toContain(await statusOf(stage.call('alice', 'Commit', { state, byReference: proposals })))
        const add = { state, keyPackage: damaged(keyPackage) }
        expect(REFUSALS).toContain(await statusOf(stage.call('alice', 'AddProposal', add)))
      }
      const byValue = [inWords('add', { keyPackage })]
      const made = await stage.call('alice', 'Commit', { state, byReference: [proposal], byValue })
      const own = await stage.call('alice', 'HandlePendingCommit', { state })
      const before = await stage.call('bob', 'StateAuth', { state: stage.state('bob') })
      const transaction = stage.transactions.get('carol')!
      for (let i = 0; i < 30; i++) {
        const commit = { state: stage.state('bob'), commit: damaged(made.commit) }
        expect(REFUSALS).toContain(await statusOf(stage.call('bob', 'HandleCommit', commit)))
        const join = { transaction, welcome: damaged(made.welcome) }
        expect(REFUSALS).toContain(await statusOf(stage.call('carol', 'JoinGroup', join)))
      }
      expect(await stage.call('bob', 'StateAuth', { state: stage.state('bob') })).toEqual(before)
      const taken = await stage.call('bob', 'HandleCommit', { state: stage.state('bob'), commit: made.commit })
      expect(taken.authenticator).toEqual(own.authenticator)
      await stage.join('carol', made, own.authenticator)
      await stage.talk(['alice', 'bob', 'carol'])
    })

    it('what the group does not allow is refused', async () => {
      const stage = new Stage([remote], setting)
      await stage.found('alice', ['bob'])
      const state = stage.state('alice')
      const refuse = async (call: Promise<unknown>): Promise<void> => expect(REFUSALS).toContain(await statusOf(call))
      await refuse(stage.call('alice', 'CreateKeyPackage', { suite: 99, identity: utf8('alice') }))
      await refuse(stage.call('alice', 'CreateGroup', { groupId: utf8('group'), suite: 0 }))
      await refuse(stage.call('alice', 'HandlePendingCommit', { state }))
      await refuse(stage.call('alice', 'Commit', { state, byValue: [inWords('a wish')] }))
      await refuse(stage.call('alice', 'Commit', { state, byValue: [inWords('remove', { removed: utf8('nobody') })] }))
      await refuse(stage.call('alice', 'Commit', { state, byValue: [inWords('remove', { removed: utf8('alice') })] }))
      await refuse(
        stage.call('alice', 'Commit', { state, byValue: [inWords('externalPSK', { pskId: utf8('unknown') })] }),
      )
      await refuse(stage.call('alice', 'Export', { state, label: 'label', length: 4_294_967_295 }))
      await refuse(
        stage.call('bob', 'Unprotect', {
          state: stage.state('bob'),
          message: await stage.propose('alice', 'UpdateProposal'),
        }),
      )
      await stage.commit('alice', { members: ['bob'] })
      await stage.call('alice', 'Commit', { state })
      await refuse(stage.call('alice', 'Commit', { state }))
      await refuse(stage.call('alice', 'HandlePendingReInitCommit', { state }))
    })
  },
)
