/** Puts backends together: one provider, one backend for each primitive, a choice that can be seen and changed. */
import { EnvironmentError, UsageError } from '../base/errors.ts'
import { hostRandom, type RandomSource } from '../base/random.ts'
import { createNobleBackend } from './backends/noble/index.ts'
import type { Backend, BackendName, Choice, CryptoProvider, PrimitiveId, Primitives } from './provider.ts'
import { type CipherSuite, createSuite, primitivesOf, SUITE_ROWS, suiteRow } from './suites.ts'

/** A provider that also makes cipher suites. */
export interface SuiteProvider extends CryptoProvider {
  /** The suite with this number of RFC 9420's registry, always the same object; throws `unknown-suite` or `no-backend`. */
  suite(id: number): CipherSuite
  /** The numbers of all suites whose primitives are served. */
  suites(): number[]
}

export interface ProviderOptions {
  /** Where primitives come from; the first backend that offers one serves it. By default, what is fastest on this runtime. */
  readonly backends?: readonly Backend[]
  /** Fixes the backend of single primitives. */
  readonly choose?: Partial<Record<PrimitiveId, BackendName>>
  /** The host's source by default. Inject a deterministic one only to replay a run. */
  readonly random?: RandomSource
}

const PRIMITIVE_IDS: readonly PrimitiveId[] = [
  'sha256',
  'sha384',
  'sha512',
  'hkdf-sha256',
  'hkdf-sha384',
  'hkdf-sha512',
  'aes128gcm',
  'aes256gcm',
  'chacha20poly1305',
  'x25519',
  'x448',
  'p256',
  'p384',
  'p521',
  'ed25519',
  'ed448',
  'p256-sha256',
  'p384-sha384',
  'p521-sha512',
]

/** The backends that are present here, and which of them serves a primitive by default. */
function defaultBackends(): readonly Backend[] {
  return [createNobleBackend()]
}

/** A provider over the given backends. Synchronous, nothing to wait for. */
export function createProvider({ backends, choose = {}, random = hostRandom }: ProviderOptions = {}): SuiteProvider {
  const available = backends ?? defaultBackends()
  const serving = new Map<PrimitiveId, Backend>()
  for (const id of PRIMITIVE_IDS) {
    const wanted = choose[id]
    const backend = available.find(
      candidate => id in candidate.primitives && (wanted === undefined || candidate.name === wanted),
    )
    if (backend !== undefined) serving.set(id, backend)
    else if (wanted !== undefined) throw new UsageError('no-backend', { primitive: id, backend: wanted })
  }
  const suites = new Map<number, CipherSuite>()
  const provider: SuiteProvider = {
    random,
    primitive<Id extends PrimitiveId>(id: Id): Primitives[Id] {
      const primitive = serving.get(id)?.primitives[id]
      if (primitive === undefined) throw new EnvironmentError('no-backend', { primitive: id })
      return primitive
    },
    choices: () => [...serving].map(([primitive, { name, detail }]): Choice => ({ primitive, backend: name, detail })),
    suite(id) {
      let suite = suites.get(id)
      if (suite === undefined) suites.set(id, (suite = createSuite(suiteRow(id), provider)))
      return suite
    },
    suites: () => SUITE_ROWS.filter(row => primitivesOf(row).every(id => serving.has(id))).map(row => row.id),
  }
  return provider
}

let shared: SuiteProvider | undefined

/** The provider that everybody gets who does not make one: all defaults, made once. */
export function defaultProvider(): SuiteProvider {
  shared ??= createProvider()
  return shared
}

/** The choices as a text table, one line each. */
export function describeChoices(provider: CryptoProvider): string {
  const lines = provider.choices().map(c => `${c.primitive.padEnd(16)}  ${c.backend.padEnd(6)}  ${c.detail}`)
  return lines.join('\n')
}
