/** Checks that need no secret, one at a time, so that a fault is told beside all that is right. */
import { CopathError, EnvironmentError, UsageError } from '../../base/errors.ts'
import { moreCurves } from '../../crypto/backends/curves.ts'
import { postQuantum } from '../../crypto/backends/post-quantum.ts'
import { createProvider, type SuiteProvider } from '../../crypto/default-provider.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { LeafNode } from '../../mls/leaf-node.ts'

export type Verdict = 'good' | 'bad' | 'unknown'

/** What was checked, where the RFC asks for it, and what came out. */
export interface Check {
  readonly what: string
  readonly section: string
  readonly verdict: Verdict
  /** Why, where it is not good. */
  readonly detail?: string
}

/** Collects verdicts. */
export class Checklist {
  readonly checks: Check[] = []

  /** What `body` refuses is bad; what cannot be done here is unknown. What it returns is said beside the verdict. */
  hold(what: string, section: string, body: () => string | undefined): boolean {
    try {
      const detail = body()
      this.checks.push({ what, section, verdict: 'good', ...(detail === undefined ? {} : { detail }) })
      return true
    } catch (error) {
      if (!(error instanceof CopathError)) throw error
      const impossible = error instanceof EnvironmentError || error instanceof UsageError
      this.checks.push({ what, section, verdict: impossible ? 'unknown' : 'bad', detail: error.message })
      return false
    }
  }

  /** Something that cannot be checked from what is there. */
  unknown(what: string, section: string, detail: string): void {
    this.checks.push({ what, section, verdict: 'unknown', detail })
  }

  /** Something that is not as it should be. */
  bad(what: string, section: string, detail: string): void {
    this.checks.push({ what, section, verdict: 'bad', detail })
  }

  add(checks: readonly Check[]): void {
    this.checks.push(...checks)
  }
}

let shared: SuiteProvider | undefined

/** A provider with all suites that there are. */
function everySuite(): SuiteProvider {
  shared ??= createProvider({ extra: [...moreCurves(), postQuantum()] })
  return shared
}

/** A suite by its number; undefined where it is not supported here. */
export function suiteOf(id: number): CipherSuite | undefined {
  const provider = everySuite()
  return provider.suites().includes(id) ? provider.suite(id) : undefined
}

/** The first suite of those a leaf names whose keys are as long as the leaf's: good to check its signature by. */
export function suiteOfLeaf({ capabilities, encryptionKey, signatureKey }: LeafNode): CipherSuite | undefined {
  for (const id of capabilities.cipherSuites) {
    const suite = suiteOf(id)
    if (suite === undefined || suite.signature.publicKeyLength !== signatureKey.length) continue
    if (suite.kem.publicKeyLength === encryptionKey.length) return suite
  }
  return undefined
}
