/** CLIQUES and ASKE once more, from their definitions: contributions are exponents, and points are computed at the very end. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

const L = 2n ** 252n + 27742317777372353535851937790883648493n
const P = 2n ** 255n - 19n

export const hash = (bytes: Uint8Array): Uint8Array => sha256(bytes)
export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const hex = (bytes: Uint8Array): string => Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(part => [...part]))

/** A byte string after its length, in one or two bytes. */
export const vec = (value: Uint8Array): Uint8Array =>
  value.length < 64
    ? joined(Uint8Array.of(value.length), value)
    : joined(Uint8Array.of(0x40 | (value.length >> 8), value.length & 255), value)

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes.slice().reverse())}`)

function bytesOf(value: bigint): Uint8Array {
  const out = new Uint8Array(32)
  let rest = value
  for (let i = 0; i < 32; i++, rest >>= 8n) out[i] = Number(rest & 255n)
  return out
}

/** What a contribution multiplies by. */
export function exponentOf(key: Uint8Array): bigint {
  const clamped = key.slice()
  clamped[0] = clamped[0]! & 248
  clamped[31] = (clamped[31]! & 127) | 64
  return numberOf(clamped)
}

/** The x-coordinate on the Montgomery curve of the base point times e. */
export function pointOf(e: bigint): Uint8Array {
  const { y } = ed25519.Point.BASE.multiply(((e % L) + L) % L).toAffine()
  return bytesOf(ed25519.Point.Fp.mul(1n + y, ed25519.Point.Fp.inv((P + 1n - y) % P)))
}

export const groupKey = (secret: Uint8Array): Uint8Array =>
  hkdf(sha256, secret, new Uint8Array(0), text('mpenc group key'), 32)

/** CLIQUES with exponents in place of points: what each member's intermediate key is, and what everybody has contributed. */
export class Exponents {
  /** Members in order, with the exponent of the point that lacks their contributions, and with their contributions. */
  readonly members: { readonly name: string; lacking: bigint; own: bigint }[] = []

  /** The exponent of the group's secret, or of the last point of an upflow. */
  get cardinal(): bigint {
    const [first] = this.members
    return first === undefined ? 1n : (first.lacking * first.own) % L
  }

  /** Somebody contributes once more, or for the first time as the next in an upflow. */
  contribute(name: string, key: Uint8Array): void {
    const lacking = this.cardinal
    const exponent = exponentOf(key) % L
    let member = this.members.find(other => other.name === name)
    if (member === undefined) this.members.push((member = { name, lacking, own: 1n }))
    for (const other of this.members) if (other !== member) other.lacking = (other.lacking * exponent) % L
    member.own = (member.own * exponent) % L
  }

  drop(...names: readonly string[]): void {
    for (const name of names) {
      this.members.splice(
        this.members.findIndex(member => member.name === name),
        1,
      )
    }
  }

  /** The intermediate keys of all, in order. */
  points(): string[] {
    return this.members.map(({ lacking }) => hex(pointOf(lacking)))
  }

  /** The last point of an upflow. */
  cardinalPoint(): string {
    return hex(pointOf(this.cardinal))
  }

  groupKey(): string {
    return hex(groupKey(pointOf(this.cardinal)))
  }
}

/** The session id from pairs of names and nonces. */
export function sid(pairs: readonly { readonly name: string; readonly nonce: Uint8Array }[]): Uint8Array {
  const byName = pairs.toSorted((a, b) => (hex(text(a.name)) < hex(text(b.name)) ? -1 : 1))
  const pids = joined(...byName.map(({ name }) => vec(text(name))))
  const nonces = joined(...byName.map(({ nonce }) => nonce))
  return hash(joined(text('mpENC2 sid'), vec(pids), vec(nonces)))
}
