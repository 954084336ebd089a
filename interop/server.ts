/** This library behind the service of the working group's test harness: every method, on behalf of any number of members. */
import { moreCurves } from '../src/crypto/backends/curves.ts'
import { postQuantum } from '../src/crypto/backends/post-quantum.ts'
import { createProvider } from '../src/crypto/default-provider.ts'
import { type Running, serve } from './grpc.ts'
import { committingHandlers, continuingHandlers } from './handle-commits.ts'
import { joiningHandlers, proposingHandlers, usingHandlers } from './handle-members.ts'
import { outsiderHandlers } from './handle-outsiders.ts'
import type { Handlers } from './service.ts'
import { Things } from './things.ts'

function handlers(): Handlers {
  const provider = createProvider({ extra: [...moreCurves(), postQuantum()] })
  const things = new Things()
  return {
    Name: () => ({ name: 'copath' }),
    SupportedCiphersuites: () => ({ suites: provider.suites() }),
    ...joiningHandlers(provider, things),
    ...usingHandlers(things),
    ...proposingHandlers(things),
    ...committingHandlers(provider, things),
    ...continuingHandlers(things),
    ...outsiderHandlers(provider, things),
  }
}

/** Starts a server with members of its own. */
export function startServer(port: number): Promise<Running> {
  return serve(handlers(), port)
}
