/** Makes the known answers of this repository from the oracle. `node test/art/own-vectors.ts` (Node 24) prints them. */
import {
  build,
  derive,
  dh,
  extracted,
  hash,
  hex,
  inOrder,
  joined,
  mac,
  messageKey,
  pathTo,
  publicKey,
  stageOf,
  text,
  treeHash,
  uint32,
  uint64,
  vec,
} from './oracle.ts'

const seed = (...words: readonly (string | number)[]): Uint8Array => hash(text(`copath art ${words.join(' ')}`))
const hexes = (items: readonly Uint8Array[]): string[] => items.map(hex)

function groupVector(n: number) {
  const groupId = text(`own vector ${n}`)
  const secrets = Array.from({ length: n }, (_, i) => seed('leaf', n, i))
  const members = Array.from({ length: n }, (_, i) => ({
    id: text(`person ${i}`),
    sigKey: seed('signature key', i),
    kxKey: publicKey(seed('exchange key', i)),
  }))
  const membersHash = hash(vec(joined(...members.flatMap(m => [vec(m.id), m.sigKey, m.kxKey]))))
  const tree = build(secrets)
  const first = stageOf(new Uint8Array(32), tree, { groupId, stage: 0, membersHash })
  const leaf = (3 * n) >> 2
  const secret = seed('update', n)
  const after = build(secrets.with(leaf, secret))
  const path = pathTo(after, leaf)
    .slice(0, -1)
    .map(({ key }) => key)
  const second = stageOf(first.key, after, { groupId, stage: 1, membersHash })
  const tbm = joined(vec(groupId), uint64(0), uint32(leaf), vec(joined(...path)), second.confirmation)
  const third = messageKey(second.key, leaf, 2)
  return {
    n,
    groupId: hex(groupId),
    members: members.map(m => ({ id: hex(m.id), sigKey: hex(m.sigKey), kxKey: hex(m.kxKey) })),
    leafSecrets: hexes(secrets),
    tree: hexes(inOrder(tree).map(({ key }) => key)),
    treeKey: hex(tree.secret),
    treeHash: hex(treeHash(tree)),
    membersHash: hex(membersHash),
    stageKey0: hex(first.key),
    update: {
      leaf,
      secret: hex(secret),
      path: hexes(path),
      treeHash: hex(treeHash(after)),
      stageKey1: hex(second.key),
      confirmation: hex(second.confirmation),
      tbm: hex(tbm),
      mac: hex(mac(derive(first.key, 'update mac'), tbm)),
    },
    message: { generation: 2, key: hex(third.key), nonce: hex(third.nonce) },
  }
}

function exchangeVector(kx: 'one_dh' | 'three_dh' | 'four_dh') {
  const [suk, ik0, ek, ik] = ['setup', 'initiator', 'prekey', 'member'].map(name => seed(kx, name)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const terms = {
    one_dh: [[suk, ek]],
    three_dh: [
      [ik0, ek],
      [suk, ik],
      [suk, ek],
    ],
    four_dh: [
      [ik0, ik],
      [ik0, ek],
      [suk, ik],
      [suk, ek],
    ],
  }[kx] as [Uint8Array, Uint8Array][]
  const shared = joined(...terms.map(([own, theirs]) => dh(own, publicKey(theirs))))
  const groupId = text('exchange')
  const secret = derive(extracted(new Uint8Array(0), shared), 'leaf', joined(vec(groupId), uint32(5)))
  return {
    kx,
    suk: hex(suk),
    ik0: hex(ik0),
    ek: hex(ek),
    ik: hex(ik),
    groupId: hex(groupId),
    index: 5,
    secret: hex(secret),
  }
}

export function ownVectors() {
  return {
    groups: [2, 3, 4, 5, 7, 9, 16].map(groupVector),
    exchanges: (['one_dh', 'three_dh', 'four_dh'] as const).map(exchangeVector),
  }
}
export type OwnVectors = ReturnType<typeof ownVectors>

declare const process: { argv: string[]; stdout: { write(text: string): void } }
if (process.argv[1]?.endsWith('own-vectors.ts')) {
  process.stdout.write(`${JSON.stringify(ownVectors(), undefined, 1)}\n`)
}
