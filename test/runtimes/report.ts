/** Asks everything of the package in the runtime that this runs in: of its default choice, both Wasm modules, and JavaScript. */
import type * as Copath from '../../src/crypto/index.ts'
import { type Answers, ask, type Library } from './known-answers.ts'

/** What is asked about: the entries of the package. */
export interface Entries {
  readonly crypto: Library & Pick<typeof Copath, 'describeChoices'>
  createNobleBackend(): Copath.Backend
  createWasmBackend(options: { readonly curve: 'fma' | 'integer' }): Copath.Backend
}

/** What came of one backend, or the code of the error that it could not be made with. */
export type Outcome = Answers | { readonly missing: string }

export interface Report {
  /** One line for each primitive: which backend serves it. */
  readonly choices: readonly string[]
  readonly outcomes: { readonly [name in 'default' | 'fma' | 'integer' | 'noble']: Outcome }
}

export function report({ crypto, createNobleBackend, createWasmBackend }: Entries): Report {
  const noble = createNobleBackend()
  const wasm = (curve: 'fma' | 'integer'): Outcome => {
    try {
      return ask(crypto, [createWasmBackend({ curve })])
    } catch (error) {
      if (error instanceof crypto.CopathError) return { missing: error.code }
      throw error
    }
  }
  return {
    choices: crypto.describeChoices(crypto.createProvider()).split('\n'),
    outcomes: { default: ask(crypto), fma: wasm('fma'), integer: wasm('integer'), noble: ask(crypto, [noble]) },
  }
}
