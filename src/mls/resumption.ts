/** RFC 9420 sections 8.4 and 8.6: where pre-shared keys come from, those of past epochs among them. */
import { copyOf, equalPublic } from '../base/bytes.ts'
import { RejectedError } from '../base/errors.ts'
import { type SecretBytes, wipe } from '../base/secret.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { PreSharedKeyID } from './psk.ts'
import { MAX_KEYS, type PreSharedKey, pskSecret } from './psk-secret.ts'

/** The resumption keys of the last epochs of a group. */
export class ResumptionKeys {
  readonly #limit: number
  readonly #byEpoch = new Map<bigint, SecretBytes>()

  constructor(limit: number, keys: Iterable<readonly [bigint, SecretBytes]> = []) {
    this.#limit = limit
    for (const [epoch, key] of keys) this.#byEpoch.set(epoch, key)
    this.#keepToLimit()
  }

  /** The keys by epoch, from the oldest to the latest. */
  get keys(): ReadonlyMap<bigint, SecretBytes> {
    return this.#byEpoch
  }

  /** Keeps a copy of the key of an epoch. */
  keep(epoch: bigint, secret: SecretBytes): void {
    if (this.#limit === 0) return
    this.#byEpoch.set(epoch, secret.clone())
    this.#keepToLimit()
  }

  #keepToLimit(): void {
    for (const [oldest, key] of this.#byEpoch) {
      if (this.#byEpoch.size <= this.#limit) return
      key.wipe()
      this.#byEpoch.delete(oldest)
    }
  }

  at(epoch: bigint): Uint8Array | undefined {
    return this.#byEpoch.get(epoch)?.bytes
  }

  wipe(): void {
    for (const key of this.#byEpoch.values()) key.wipe()
    this.#byEpoch.clear()
  }
}

/** Gives the secret of a pre-shared key, or undefined. The secret stays its owner's. */
export type PskSource = (id: PreSharedKeyID) => Uint8Array | undefined

/** Looks into the group's own resumption keys, then elsewhere. */
export function pskSource(groupId: Uint8Array, own: ResumptionKeys, elsewhere: PskSource): PskSource {
  return id => {
    const here = id.psktype === 'resumption' && equalPublic(id.pskGroupId, groupId)
    return (here ? own.at(id.pskEpoch) : undefined) ?? elsewhere(id)
  }
}

/**
 * The PSK secret of a commit or a Welcome. copath-mls-12.4.2-06: every pre-shared key has to be known; copath-mls-8.4-01: and there are
 * no more than can be numbered, which of a commit's has been checked with its proposals.
 */
export function mixPsks(suite: CipherSuite, ids: readonly PreSharedKeyID[], find: PskSource): Uint8Array<ArrayBuffer> {
  if (ids.length > MAX_KEYS) throw new RejectedError('invalid-welcome', { rule: 'copath-mls-8.4-01', psks: ids.length })
  const keys: PreSharedKey[] = []
  try {
    ids.forEach((id, i) => {
      const secret = find(id)
      if (secret === undefined) throw new RejectedError('unknown-psk', { rule: 'copath-mls-12.4.2-06', psk: i })
      keys.push({ id, secret: copyOf(secret) })
    })
    return pskSecret(suite, keys)
  } finally {
    for (const { secret } of keys) wipe(secret)
  }
}
