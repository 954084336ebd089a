/** Runs the contract of the backends in a page, or in a worker of it, as the address says; bundled by tools/browser-test.mjs. */
import { createProvider } from 'copath/crypto'
import { createNobleBackend } from 'copath/crypto/noble'
import { createWasmBackend } from 'copath/crypto/wasm'
import { describeContract } from '../crypto/contract.ts'
import { runCollected } from './vitest.mjs'

const PROVIDERS = {
  default: () => createProvider(),
  fma: () => createProvider({ backends: [createWasmBackend({ curve: 'fma' })] }),
  integer: () => createProvider({ backends: [createWasmBackend({ curve: 'integer' })] }),
}

/** The primitives that a provider serves, as one backend. */
function asBackend(provider) {
  const ids = provider.choices().map(({ primitive }) => primitive)
  return { name: 'wasm', detail: 'here', primitives: Object.fromEntries(ids.map(id => [id, provider.primitive(id)])) }
}

async function report() {
  const query = new URLSearchParams(location.search)
  const results = []
  for (const name of query.get('on').split(',')) {
    const reference = createNobleBackend().primitives
    describeContract(asBackend(PROVIDERS[name]()), { reference, batch: Number(query.get('batch')) })
    results.push({ name, ...(await runCollected()) })
  }
  return { results }
}

const failed = error => ({ failure: String(error?.stack ?? error.message) })

if (typeof document === 'undefined') {
  report().catch(failed).then(postMessage)
} else if (new URLSearchParams(location.search).has('worker')) {
  const worker = new Worker(`/contract.js${location.search}`, { type: 'module' })
  worker.onmessage = ({ data }) => {
    globalThis.copathReport = data
  }
  worker.onerror = error => {
    globalThis.copathReport = failed(error)
  }
} else {
  // after the page has been loaded, which long work would delay
  setTimeout(async () => {
    globalThis.copathReport = await report().catch(failed)
  })
}
