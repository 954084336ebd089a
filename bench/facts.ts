/** What a run says about itself: machine, runtime, versions, and which module did the arithmetic. */
import { existsSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CryptoProvider } from '../src/crypto/provider.ts'
import type { RunFacts } from './recording.ts'

/** The version of a package as it is found from here; undefined where it is not installed. */
export function versionOf(name: string): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) return versionIn(manifest)
    if (folder === dirname(folder)) return undefined
  }
}

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** The version of this package. */
export function ownVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return versionIn(manifest)
    if (folder === dirname(folder)) return 'unknown'
  }
}

export function describeMachine(): string {
  const processors = cpus()
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
}

function runtimeName(): string {
  const { bun, deno } = process.versions as Readonly<Record<string, string | undefined>>
  if (bun !== undefined) return `Bun ${bun}`
  return deno === undefined ? `Node.js ${process.version}` : `Deno ${deno}`
}

/** What multiplies points of curves here. */
export function curveModule(provider: CryptoProvider): string {
  const choice = provider.choices().find(({ primitive }) => primitive === 'x25519')
  return choice === undefined ? 'none' : `${choice.backend} (${choice.detail})`
}

export function isFused(provider: CryptoProvider): boolean {
  return curveModule(provider).includes('fused')
}

export function factsOf(provider: CryptoProvider, args: readonly string[]): RunFacts {
  const versions = ['@noble/curves', 'libsodium-wrappers'].flatMap(name => {
    const version = versionOf(name)
    return version === undefined ? [] : [[name, version] as const]
  })
  return {
    machine: describeMachine(),
    runtime: runtimeName(),
    wasm: curveModule(provider),
    versions: { copath: ownVersion(), openssl: process.versions.openssl ?? 'none', ...Object.fromEntries(versions) },
    date: new Date().toISOString().slice(0, 10),
    command: ['copath bench', ...args].join(' '),
  }
}
