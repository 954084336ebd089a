/** RFC 7748 section 5.2: 1,000,000 iterations, in both curve modules. Usage, after a build: node test/long/x25519-million.mjs */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd')
const WANTED = new Map([
  [1, '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'],
  [1000, '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'],
  [1_000_000, '7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424'],
])

for (const name of ['curve-fma', 'curve-integer']) {
  const file = new URL(`../../build/wasm/${name}.wasm`, import.meta.url)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)))
  const memory = Buffer.from(exports.memory.buffer)
  const [k, u, out] = [0, 32, 64].map(offset => exports.IO.value + offset)
  memory.fill(0, k, out)
  memory[k] = memory[u] = 9
  const start = performance.now()
  for (let i = 1; i <= 1_000_000; i++) {
    exports.x25519_shared(out, k, u)
    memory.copy(memory, u, k, k + 32)
    memory.copy(memory, k, out, out + 32)
    const wanted = WANTED.get(i)
    if (wanted !== undefined && memory.toString('hex', k, k + 32) !== wanted)
      throw new Error(`${name}: wrong after ${i}`)
  }
  console.log(`${name}: 1,000,000 iterations as in the RFC, ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
