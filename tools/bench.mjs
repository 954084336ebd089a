/** Starts the compiled benchmark; on Node 20 with the flag that makes relaxed SIMD, and so the FMA module, available. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const flags = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []
const main = fileURLToPath(new URL('../build/js/bench/main.js', import.meta.url))
const { status } = spawnSync(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1
