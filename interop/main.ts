/** `npm run interop [-- --port P]`: serves the working group's interoperability protocol on loopback. */
import { parseArgs } from 'node:util'
import { startServer } from './server.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '50001' } } })
const port = Number(values.port)
if (!/^\d+$/.test(values.port) || port > 65_535) {
  console.error('--port takes a number from 0 (any free port) to 65535')
  process.exitCode = 2
} else {
  const { address } = await startServer(port)
  console.log(`copath answers at ${address}`)
}
