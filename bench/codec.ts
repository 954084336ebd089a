/** The codec against code written by hand for one struct. Goal: within twice its time. */
import { equalPublic, utf8 } from '../src/base/bytes.ts'
import { check, decode, encode } from '../src/codec/codec.ts'
import { Commit } from '../src/mls/commit.ts'
import { LeafNode } from '../src/mls/leaf-node.ts'
import { packedCiphertexts } from '../src/mls/update-path.ts'
import type { Operation } from './harness.ts'
import { decodeLeafByHand, encodeLeafByHand } from './subjects/leaf-by-hand.ts'

const leaf = {
  encryptionKey: new Uint8Array(32).fill(1),
  signatureKey: new Uint8Array(32).fill(2),
  credential: { credentialType: 'basic', identity: utf8('alice@example.org') },
  capabilities: {
    versions: [1],
    cipherSuites: [1, 2, 3, 4, 5, 6, 7],
    extensions: [0x0a0a, 0xf000],
    proposals: [0x1a1a],
    credentials: [1, 2],
  },
  leafNodeSource: 'key_package',
  lifetime: { notBefore: 1_700_000_000n, notAfter: 1_710_000_000n },
  extensions: [{ extensionType: 1, extensionData: utf8('id') }],
  signature: new Uint8Array(64).fill(3),
} as const
const bytes = encode(LeafNode, leaf)
const byHand = decodeLeafByHand(bytes)

function throwUnless(right: boolean, subject: string): void {
  if (!right) throw new Error(`${subject} is wrong`)
}

/** A process decodes more than leaves: the shared code must have seen other structs before it is measured. */
function seeOtherStructs(): void {
  const proposal = { proposalType: 'remove', removed: 7 } as const
  const commit = encode(Commit, {
    proposals: [{ type: 'proposal', proposal }],
    path: {
      leafNode: leaf,
      nodes: [
        { encryptionKey: bytes, encryptedPathSecret: packedCiphertexts([{ kemOutput: bytes, ciphertext: bytes }]) },
      ],
    },
  })
  for (let i = 0; i < 2000; i++) encode(Commit, decode(Commit, commit))
}

/** Decoding, checking and encoding a LeafNode. */
export function codecOperations(): readonly Operation[] {
  seeOtherStructs()
  const common = { scenario: 'codec', members: 1 }
  const goals = [{ subject: 'copath', against: 'by hand', atMost: 2 }]
  const isLeaf = (result: unknown, subject: string): void =>
    throwUnless(equalPublic(encode(LeafNode, result as typeof leaf), bytes), subject)
  return [
    {
      ...common,
      name: `decode a LeafNode of ${bytes.length} bytes`,
      subjects: [
        { name: 'copath', run: () => decode(LeafNode, bytes) },
        { name: 'by hand', run: () => decodeLeafByHand(bytes) },
      ],
      goals,
      verify: isLeaf,
    },
    {
      ...common,
      name: 'encode it',
      subjects: [
        { name: 'copath', run: () => encode(LeafNode, leaf) },
        { name: 'by hand', run: () => encodeLeafByHand(byHand) },
      ],
      goals,
      verify: (result, subject) => throwUnless(equalPublic(result as Uint8Array, bytes), subject),
    },
    {
      ...common,
      name: 'check it',
      subjects: [
        {
          name: 'copath',
          run: () => {
            check(LeafNode, bytes)
            return bytes
          },
        },
      ],
      verify: (result, subject) => throwUnless(result === bytes, subject),
    },
  ]
}
