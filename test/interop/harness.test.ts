/** The service of the working group's harness, driven through its scenarios: three servers, actors dealt to them in turn. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, grpcIsInstalled, type Remote } from '../../interop/grpc.ts'
import { startServer } from '../../interop/server.ts'
import { randomHistory } from './harness/random.ts'
import { SCENARIOS } from './harness/scenarios.ts'
import { Stage } from './harness/stage.ts'

const suiteOfHarness = grpcIsInstalled ? describe : describe.skip
const SERVERS = 3
const isLong = process.env['COPATH_LONG'] === '1'
// these see every scenario in both framings; with the others the same code runs, on other primitives
const THOROUGH = isLong ? [1, 2, 3, 4, 5, 6, 7] : [1]
const FEW = ['come back by an external commit', 'reinitialize: suite', 'updates, that of the first leaf among them']

suiteOfHarness(grpcIsInstalled ? 'harness' : 'harness (gRPC is not installed: npm ci --prefix peers)', () => {
  const remotes: Remote[] = []
  const closing: (() => void)[] = []

  beforeAll(async () => {
    for (let i = 0; i < SERVERS; i++) {
      const server = await startServer(0)
      const remote = await connect(server.address)
      remotes.push(remote)
      closing.push(remote.close, server.close)
    }
  })
  afterAll(() => {
    for (const close of closing) close()
  })

  it('says who it is and what it can', async () => {
    expect(await remotes[0]!.call('Name', {})).toEqual({ name: 'copath' })
    const { suites } = await remotes[0]!.call('SupportedCiphersuites', {})
    expect(suites).toEqual(expect.arrayContaining([1, 2, 3, 4, 5, 6, 7]))
  })

  for (const suite of THOROUGH) {
    for (const encryptHandshake of [false, true]) {
      const framing = encryptHandshake ? 'private' : 'public'
      Object.entries(SCENARIOS).forEach(([name, play], i) => {
        it(`suite ${suite}, ${framing} handshakes: ${name}`, async () => {
          const stage = new Stage(remotes, { suite, encryptHandshake, otherSuite: suite === 3 ? 1 : 3 }, i)
          await play(stage)
          await stage.free()
        })
      })
    }
  }

  it.each([2, 3, 4, 5, 6, 7])('suite %i, a few scenarios', async suite => {
    for (const [i, name] of FEW.entries()) {
      const stage = new Stage(remotes, { suite, encryptHandshake: (suite + i) % 2 === 0, otherSuite: 1 })
      await SCENARIOS[name]!(stage)
      await stage.free()
    }
  })

  it.each([
    { founders: 10, most: 20, commits: 8, seed: 'a', suite: 1, encryptHandshake: true },
    { founders: 3, most: 12, commits: 12, seed: 'b', suite: 3, encryptHandshake: false },
    ...(isLong ? [{ founders: 100, most: 200, commits: 60, seed: 'c', suite: 1, encryptHandshake: true }] : []),
  ])(
    'suite $suite, $commits random commits in a group of up to $most, history $seed',
    async ({ suite, encryptHandshake, ...size }) => {
      const stage = new Stage(remotes, { suite, encryptHandshake, otherSuite: 1 })
      await randomHistory(stage, size)
      await stage.free()
    },
    600_000,
  )
})
