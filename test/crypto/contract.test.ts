/** The contract on every backend that runs here. noble and node:crypto, which share no code, are each other's reference. */
import { createNobleBackend } from '../../src/crypto/backends/noble/index.ts'
import { createNodeBackend } from '../../src/crypto/backends/node/index.ts'
import { backendsUnderTest } from './backends.ts'
import { describeContract } from './contract.ts'

const noble = createNobleBackend().primitives
const node = createNodeBackend().primitives

for (const backend of await backendsUnderTest()) {
  // a large batch is about Wasm; the others verify one by one
  const batch = backend.name === 'wasm' ? 10_000 : 200
  describeContract(backend, { reference: backend.name === 'node' ? noble : node, batch })
}
