/** Runs in a page, on its main thread; bundled by tools/browser-test.mjs, which reads the report. */
import * as crypto from 'copath/crypto'
import { createNobleBackend } from 'copath/crypto/noble'
import { createWasmBackend } from 'copath/crypto/wasm'
import { report } from '../runtimes/report.ts'

try {
  globalThis.copathReport = report({ crypto, createNobleBackend, createWasmBackend })
} catch (error) {
  globalThis.copathReport = { failure: String(error?.stack ?? error) }
}
