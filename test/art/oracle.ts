/** The protocol a second time, on noble alone: recursive, slow, and sharing no code with what it checks. */
import { x25519 } from '@noble/curves/ed25519.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

export type OracleBytes = Uint8Array

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap(p => [...p]))
export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const hex = (bytes: Uint8Array): string => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('')

function big(value: number | bigint, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let rest = BigInt(value)
  for (let i = size - 1; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn)
  return out
}
export const uint32 = (value: number): Uint8Array => big(value, 4)
export const uint64 = (value: number | bigint): Uint8Array => big(value, 8)

export function vec(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length < 64) return joined(big(length, 1), bytes)
  return length < 16384 ? joined(big(length | 0x4000, 2), bytes) : joined(big(length + 0x80000000, 4), bytes)
}

export const hash = (...parts: readonly Uint8Array[]): Uint8Array => sha256(joined(...parts))
export const mac = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(sha256, key, message)
export const publicKey = (secret: Uint8Array): Uint8Array => x25519.getPublicKey(secret)
export const dh = (secret: Uint8Array, key: Uint8Array): Uint8Array => x25519.getSharedSecret(secret, key)

export function derive(secret: Uint8Array, label: string, context: Uint8Array = text(''), length = 32): Uint8Array {
  return expand(sha256, secret, joined(big(length, 2), vec(text(`ART 1.0 ${label}`)), vec(context)), length)
}
export const extracted = (salt: Uint8Array, key: Uint8Array): Uint8Array => extract(sha256, key, salt)
export const iota = (shared: Uint8Array): Uint8Array => derive(extracted(text(''), shared), 'node')

/** A subtree with all its secrets. */
export interface OracleNode {
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly leaves: number
  readonly left?: OracleNode
  readonly right?: OracleNode
}

/** How many leaves the left subtree of a tree of n leaves has. */
export function leftLeaves(n: number): number {
  let power = 1
  while (2 * power < n) power *= 2
  return power
}

/** `known` keeps subtrees over the same secrets from one call to the next. */
export function build(secrets: readonly Uint8Array[], known = new Map<string, OracleNode>()): OracleNode {
  const name = `${hex(secrets[0]!)} ${secrets.length}`
  const node = known.get(name) ?? buildNew(secrets, known)
  known.set(name, node)
  return node
}

function buildNew(secrets: readonly Uint8Array[], known: Map<string, OracleNode>): OracleNode {
  const leaves = secrets.length
  if (leaves === 1) return { secret: secrets[0]!, key: publicKey(secrets[0]!), leaves }
  const left = build(secrets.slice(0, leftLeaves(leaves)), known)
  const right = build(secrets.slice(leftLeaves(leaves)), known)
  const secret = iota(dh(left.secret, right.key))
  return { secret, key: publicKey(secret), leaves, left, right }
}

/** All nodes from the left to the right: the array order. */
export function inOrder(node: OracleNode): OracleNode[] {
  if (node.left === undefined || node.right === undefined) return [node]
  return [...inOrder(node.left), node, ...inOrder(node.right)]
}

/** The nodes from a leaf up to the root, the root included. */
export function pathTo(node: OracleNode, leaf: number): OracleNode[] {
  if (node.left === undefined || node.right === undefined) return [node]
  const below = leaf < node.left.leaves ? pathTo(node.left, leaf) : pathTo(node.right, leaf - node.left.leaves)
  return [...below, node]
}

/** The siblings of the nodes from a leaf up to below the root. */
export function copathTo(node: OracleNode, leaf: number): OracleNode[] {
  if (node.left === undefined || node.right === undefined) return []
  return leaf < node.left.leaves
    ? [...copathTo(node.left, leaf), node.right]
    : [...copathTo(node.right, leaf - node.left.leaves), node.left]
}

export function treeHash(node: OracleNode, isRoot = true): Uint8Array {
  if (node.left === undefined || node.right === undefined) return hash(Uint8Array.of(0), node.key)
  const below = [treeHash(node.left, false), treeHash(node.right, false)]
  return isRoot ? hash(Uint8Array.of(2), ...below) : hash(Uint8Array.of(1), node.key, ...below)
}

export interface OracleStage {
  readonly key: Uint8Array
  readonly context: Uint8Array
  readonly confirmation: Uint8Array
}

export function stageOf(
  previous: Uint8Array,
  tree: OracleNode,
  about: { groupId: Uint8Array; stage: number | bigint; membersHash: Uint8Array },
): OracleStage {
  const context = joined(vec(about.groupId), uint64(about.stage), about.membersHash, treeHash(tree))
  const key = derive(extracted(previous, tree.secret), 'stage', context)
  return { key, context, confirmation: mac(derive(key, 'confirm'), context) }
}

/** Key and nonce of one message. */
export function messageKey(stageKey: Uint8Array, sender: number, generation: number) {
  let chain = derive(stageKey, 'sender', uint32(sender))
  for (let g = 0; g < generation; g++) chain = derive(chain, 'next')
  return { key: derive(chain, 'key', undefined, 16), nonce: derive(chain, 'nonce', undefined, 12) }
}
