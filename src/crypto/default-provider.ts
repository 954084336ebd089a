/** Puts backends together: one provider, one backend for each primitive, a choice that can be seen and changed. */
import { EnvironmentError, UsageError } from '../base/errors.ts'
import { hostRandom, type RandomSource, synchronous } from '../base/random.ts'
import { NODE_FOR_LONG, presentBackends } from './default-choice.ts'
import type { Backend, BackendName, Choice, CryptoProvider, PrimitiveId, Primitives } from './provider.ts'
import { type CipherSuite, createSuite, primitivesOf, SUITE_ROWS, suiteRow } from './suites.ts'

/** A provider that also makes cipher suites. */
export interface SuiteProvider extends CryptoProvider {
  /** The suite with this number (docs/suites.md), always the same object; throws `unknown-suite` or `no-backend`. */
  suite(id: number): CipherSuite
  /** The numbers of all suites whose primitives are served. */
  suites(): number[]
}

/** Which backends a provider chooses from, and how. */
export interface ProviderOptions {
  /** Where primitives come from; the first backend that offers one serves it. By default, what is fastest on this runtime. */
  readonly backends?: readonly Backend[]
  /** Backends on top of these, for what they do not offer: from `copath/crypto/curves` and `copath/crypto/post-quantum`. */
  readonly extra?: readonly Backend[]
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
  'xwing',
  'ed25519',
  'ed448',
  'p256-sha256',
  'p384-sha384',
  'p521-sha512',
]

/** Who serves one primitive: another backend for long inputs, where two are better than one. */
interface Serving {
  readonly backend: Backend
  readonly long?: { readonly from: number; readonly backend: Backend }
}

/** Finds a backend for each primitive that somebody offers. */
function assign({ backends, extra = [], choose = {} }: ProviderOptions): Map<PrimitiveId, Serving> {
  const unknown = Object.keys(choose).find(id => !PRIMITIVE_IDS.some(known => known === id))
  if (unknown !== undefined) throw new UsageError('wrong-argument', { primitive: unknown })
  const present = [...(backends ?? presentBackends()), ...extra]
  const serving = new Map<PrimitiveId, Serving>()
  for (const id of PRIMITIVE_IDS) {
    const wanted = choose[id]
    const offering = present.filter(candidate => id in candidate.primitives)
    const backend = offering.find(candidate => wanted === undefined || candidate.name === wanted)
    if (backend === undefined) {
      if (wanted !== undefined) throw new UsageError('no-backend', { primitive: id, backend: wanted })
      continue
    }
    const from = NODE_FOR_LONG[id]?.from
    const node = offering.find(candidate => candidate.name === 'node')
    const fixed = backends !== undefined || wanted !== undefined
    const split = !fixed && backend.name === 'wasm' && node !== undefined && from !== undefined
    serving.set(id, split ? { backend, long: { from, backend: node } } : { backend })
  }
  return serving
}

/** The primitive itself, made of two where two backends serve it. */
function primitiveOf<Id extends PrimitiveId>(id: Id, { backend, long }: Serving): Primitives[Id] | undefined {
  const short: Primitives[Id] | undefined = backend.primitives[id]
  const other: Primitives[Id] | undefined = long?.backend.primitives[id]
  return short && other ? NODE_FOR_LONG[id]?.join(short, other) : short
}

/** A provider over the given backends. Synchronous, nothing to wait for. */
export function createProvider(options: ProviderOptions = {}): SuiteProvider {
  const serving = assign(options)
  const made: { -readonly [Id in PrimitiveId]?: Primitives[Id] } = {}
  const suites = new Map<number, CipherSuite>()
  const provider: SuiteProvider = {
    random: options.random === undefined ? hostRandom : synchronous(options.random),
    primitive<Id extends PrimitiveId>(id: Id): Primitives[Id] {
      const known: Primitives[Id] | undefined = made[id]
      if (known !== undefined) return known
      const found = serving.get(id)
      const primitive = found && primitiveOf(id, found)
      if (primitive === undefined) throw new EnvironmentError('no-backend', { primitive: id })
      made[id] = primitive
      return primitive
    },
    choices: () => [...serving].map(([primitive, served]) => choiceOf(primitive, served)),
    suite(id) {
      let suite = suites.get(id)
      if (suite === undefined) suites.set(id, (suite = createSuite(suiteRow(id), provider)))
      return suite
    },
    suites: () => SUITE_ROWS.filter(row => primitivesOf(row).every(id => serving.has(id))).map(row => row.id),
  }
  return provider
}

function choiceOf(primitive: PrimitiveId, { backend, long }: Serving): Choice {
  const choice = { primitive, backend: backend.name, detail: backend.detail }
  if (long === undefined) return choice
  return { ...choice, long: { from: long.from, backend: long.backend.name, detail: long.backend.detail } }
}

let shared: SuiteProvider | undefined

/** The provider that everybody gets who does not make one: all defaults, made once. */
export function defaultProvider(): SuiteProvider {
  shared ??= createProvider()
  return shared
}

/** The choices as a text table, one line for each primitive. */
export function describeChoices(provider: CryptoProvider): string {
  const lines = provider.choices().map(({ primitive, backend, detail, long }) => {
    const rest = long === undefined ? '' : `; from ${long.from} bytes on ${long.backend} (${long.detail})`
    return `${primitive.padEnd(16)}  ${backend.padEnd(6)} (${detail})${rest}`
  })
  return lines.join('\n')
}
