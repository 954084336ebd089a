/** Runs in Node, Deno or Bun beside an installed package; bundled by tools/runtime-smoke.mjs, which reads the report. */
import * as crypto from 'copath/crypto'
import { createNobleBackend } from 'copath/crypto/noble'
import { createWasmBackend } from 'copath/crypto/wasm'
import { report } from './report.ts'

console.log(JSON.stringify(report({ crypto, createNobleBackend, createWasmBackend })))
