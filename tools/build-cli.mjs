/** Compiles the command line, which alone may use Node, and makes its program one that can be run. */
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = name => fileURLToPath(new URL(`../${name}`, import.meta.url))
const arguments_ = [path('node_modules/typescript/bin/tsc'), '-p', path('tools/tsconfig.cli.json')]
const { status } = spawnSync(process.execPath, arguments_, { stdio: 'inherit' })
if (status === 0) chmodSync(path('dist/cli/main.js'), 0o755)
else process.exitCode = status ?? 1
