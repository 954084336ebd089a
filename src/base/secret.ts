/** Secret bytes with one owner: unprintable, wiped by the owner, an error to use afterwards. */
import { UsageError } from './errors.ts'

/** Overwrites byte strings with zeros. What this can and cannot reach in JavaScript is told in SECURITY.md. */
export function wipe(...buffers: readonly (Uint8Array | undefined)[]): void {
  for (const buffer of buffers) buffer?.fill(0)
}

/** Runs `body` and wipes the buffers afterwards, whether it returns or throws. */
export function wipingAfter<T>(buffers: readonly Uint8Array[], body: () => T): T {
  try {
    return body()
  } finally {
    wipe(...buffers)
  }
}

/** Runs `body` and wipes the buffers if it throws: where it returns, they belong to what it has made. */
export function wipingOnError<T>(buffers: readonly Uint8Array[], body: () => T): T {
  try {
    return body()
  } catch (error) {
    wipe(...buffers)
    throw error
  }
}

/** Owns secret bytes. Printing, JSON and inspection show a placeholder; `wipe` ends its life. */
export class SecretBytes {
  #bytes: Uint8Array | undefined

  /** Takes ownership of `bytes`: the caller keeps no other reference that it relies on. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The bytes themselves, for the length of one computation: do not keep the reference. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new UsageError('wiped-secret')
    return this.#bytes
  }

  /** Whether the bytes are gone. */
  get wiped(): boolean {
    return this.#bytes === undefined
  }

  /** A second owner with bytes of its own. */
  clone(): SecretBytes {
    return new SecretBytes(Uint8Array.from(this.bytes))
  }

  /** Overwrites the bytes with zeros. May be called twice. */
  wipe(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }

  /** Never the bytes. */
  toString(): string {
    return '[secret]'
  }

  /** Never the bytes. */
  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
