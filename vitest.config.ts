import { defineConfig } from 'vitest/config'

// Node 20 has relaxed SIMD behind a flag; later versions have it by default and refuse the flag
const execArgv = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : []

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/long/**'],
    pool: 'forks',
    execArgv,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
