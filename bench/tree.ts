/** The ratchet tree at up to 100,000 members: memory, paths, single changes, loading, and the worst tree there is. */
import { ByteList } from '../src/base/byte-list.ts'
import { decode, encode } from '../src/codec/codec.ts'
import { countOperations } from '../src/crypto/counting.ts'
import { defaultProvider } from '../src/crypto/default-provider.ts'
import type { CipherSuite } from '../src/crypto/suites.ts'
import { applyUpdatePath } from '../src/mls/apply-path.ts'
import { preparePath } from '../src/mls/create-path.ts'
import { loadTree } from '../src/mls/load-tree.ts'
import { openUpdatePath } from '../src/mls/process-path.ts'
import { UpdatePath } from '../src/mls/update-path.ts'
import type { LeafIndex } from '../src/tree/math.ts'
import { Book, NOWHERE } from './book.ts'
import { GROUP_ID, TreeFixture } from './fixtures/trees.ts'
import { exponent } from './growth.ts'
import { median, showRatio, timeEach } from './harness.ts'
import { showTime } from './report.ts'
import type { Session } from './session.ts'

const SCENARIO = 'tree'
const NONE: ReadonlySet<number> = new Set()
const WARM_UP_LEAVES = 20_000
/** As long as a group context is. */
const CONTEXT = new Uint8Array(160).fill(7)

const label = (members: number): string => members.toLocaleString('en')

/** The crypto that an update path cannot do without: keys, encryptions, a signature; nothing of the tree. */
function bareCrypto(suite: CipherSuite, fixture: TreeFixture, encryptions: number): void {
  const secrets = ByteList.fixed(new Uint8Array(32 * encryptions).fill(9), 32)
  suite.kem.deriveKeyPairMany(secrets)
  suite.kem.generateKeyPair()
  const publicKeys = new Uint8Array(32 * encryptions)
  for (let i = 0; i < encryptions; i++) publicKeys.set(fixture.keyPairOf(2 * i + 1).publicKey, 32 * i)
  suite.labels.encryptManyWithLabel({
    publicKeys: ByteList.fixed(publicKeys, 32),
    label: 'UpdatePathNode',
    context: CONTEXT,
    plaintexts: secrets,
  })
  fixture.signerOf(0).sign(CONTEXT)
}

function paths(book: Book, suite: CipherSuite, fixture: TreeFixture, rounds: number): void {
  const { tree, members } = fixture
  const leaf = 0 as LeafIndex
  const signer = fixture.signerOf(leaf)
  const create = (): { update: UpdatePath; encryptions: number; touched: number } => {
    const staged = tree.stage()
    const request = { leaf, groupId: GROUP_ID, current: staged.leafNode(leaf)!, signer, added: NONE }
    const prepared = preparePath(suite, staged, request)
    const update = prepared.seal(staged, CONTEXT)
    staged.treeHash()
    const { encryptions } = prepared
    prepared.wipe()
    return { update, encryptions, touched: staged.nodes.touchedCount }
  }
  const { update, encryptions, touched } = create()
  const received = encode(UpdatePath, update)
  const other = members - 1
  const process = (): void => {
    const staged = tree.stage()
    const applied = applyUpdatePath(suite, staged, decode(UpdatePath, received), { sender: leaf, added: NONE })
    const learnt = openUpdatePath(suite, staged, applied, { held: fixture.heldBy(other), groupContext: CONTEXT })
    staged.treeHash()
    learnt.commitSecret.wipe()
    learnt.newKeys.wipe()
  }
  const counted = countOperations(defaultProvider())
  const opening = counted.during(() => {
    const staged = tree.stage()
    const applied = applyUpdatePath(suite, staged, decode(UpdatePath, received), { sender: leaf, added: NONE })
    openUpdatePath(counted.suite(1), staged, applied, { held: fixture.heldBy(other), groupContext: CONTEXT })
  })
  const created: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round++) {
    created.push(...timeEach(1, () => undefined, create))
    bare.push(
      ...timeEach(
        1,
        () => undefined,
        () => bareCrypto(suite, fixture, encryptions),
      ),
    )
  }
  const processed = timeEach(rounds, () => undefined, process)
  const bytes = received.length
  book.time('create an update path, full tree', members, created, { bytes, counts: { encryptions, touched } })
  book.time('its crypto alone', members, bare)
  book.time('process it', members, processed, { bytes, counts: { ...opening } })
  if (members < 100_000) return
  const ratio = median(created.map((ms, i) => ms / bare[i]!))
  book.goal('update path: encryptions', '17', String(encryptions), encryptions === 17)
  book.goal('update path: touched nodes', '<= 18', String(touched), touched <= 18)
  book.goal('update path: create against its crypto alone', '<= 1.50x', showRatio(ratio), ratio <= 1.5)
  book.goal('update path: decryptions of a receiver', '1', String(opening.aead), opening.aead === 1)
  book.atMostMs('update path: process', 5, median(processed))
}

function singleChanges(book: Book, { tree, members }: TreeFixture, rounds: number): void {
  const leafNode = tree.leafNode(0 as LeafIndex)!
  const fresh = (i: number): typeof leafNode => {
    const key = new Uint8Array(32)
    new DataView(key.buffer).setUint32(0, i + 1)
    return { ...leafNode, encryptionKey: key, signatureKey: key }
  }
  let i = 0
  const added = timeEach(
    rounds,
    () => fresh(i++),
    leaf => {
      const staged = tree.stage()
      staged.add(leaf)
      staged.treeHash()
    },
  )
  const removed = timeEach(
    rounds,
    () => ((i++ * 7919) % members) as LeafIndex,
    leaf => {
      const staged = tree.stage()
      staged.remove(leaf)
      staged.treeHash()
    },
  )
  book.time('add one, with tree hash', members, added)
  book.time('remove one, with tree hash', members, removed)
  if (members < 100_000) return
  book.atMostMs('add one, with tree hash', 1, median(added))
  book.atMostMs('remove one, with tree hash', 1, median(removed))
}

function loading(book: Book, fixture: TreeFixture, rounds: number): number {
  const bytes = fixture.tree.encode()
  const rules = fixture.rules()
  const load = (): void => {
    if (loadTree(bytes, rules).memberCount !== fixture.members) throw new Error('the tree was not loaded whole')
  }
  // small trees are over before the engine has optimised anything
  for (let warm = 0; warm < WARM_UP_LEAVES / fixture.members; warm++) load()
  const runs = timeEach(rounds, () => undefined, load)
  return (
    book.time('load a received tree, per leaf', fixture.members, runs, { units: fixture.members }).medianMs *
    fixture.members
  )
}

/** All parents blank: one update path has an encryption for every other member. */
function worstTree(book: Book, suite: CipherSuite, fixture: TreeFixture, rounds: number): void {
  const { members, tree } = fixture
  const leaf = 0 as LeafIndex
  const encryptions = members - 1
  const create = (): void => {
    const staged = tree.stage()
    const request = {
      leaf,
      groupId: GROUP_ID,
      current: staged.leafNode(leaf)!,
      signer: fixture.signerOf(leaf),
      added: NONE,
    }
    const prepared = preparePath(suite, staged, request)
    if (prepared.encryptions !== encryptions) throw new Error('not the worst tree')
    prepared.seal(staged, CONTEXT)
    prepared.wipe()
  }
  const publicKeys = new Uint8Array(32 * encryptions)
  for (let i = 0; i < encryptions; i++) publicKeys.set(fixture.keyPairOf(2 * i).publicKey, 32 * i)
  const dh = defaultProvider().primitive('x25519')
  // what encryption to a key is at least: a fresh key pair and a shared secret
  const limit = (): void => {
    for (let from = 0; from < encryptions; from += 1024) {
      const to = Math.min(encryptions, from + 1024)
      const ephemeral = ByteList.fixed(publicKeys.slice(32 * from, 32 * to), 32)
      dh.publicKeyMany(ephemeral)
      dh.sharedMany(ephemeral, ByteList.fixed(publicKeys.subarray(32 * from, 32 * to), 32))
    }
  }
  const created: number[] = []
  const limits: number[] = []
  for (let round = 0; round < rounds; round++) {
    created.push(...timeEach(1, () => undefined, create))
    limits.push(...timeEach(1, () => undefined, limit))
  }
  book.time('update path, all parents blank, per encryption', members, created, { units: encryptions })
  book.time('batched X25519 alone, per encryption', members, limits, { units: encryptions })
  if (members < 100_000) return
  const ratio = median(created.map((ms, i) => ms / limits[i]!))
  book.goal('worst tree: against batched X25519', '<= 1.30x', showRatio(ratio), ratio <= 1.3)
}

/** Measures at each size. */
export async function measureTree(session: Session): Promise<void> {
  const suite = session.provider.suite(1)
  const book = session.book(SCENARIO)
  const rounds = session.rounds(session.profile === 'quick' ? 2 : 5)
  const loads: { members: number; value: number }[] = []
  for (const members of session.sizes()) {
    await session.step(`a full tree of ${label(members)}`)
    const full = new TreeFixture(suite, members, 'full')
    await session.step(`paths at ${label(members)}`)
    for (let i = 0; i < 20; i++) paths(new Book(SCENARIO, NOWHERE), suite, full, 3)
    paths(book, suite, full, 10 * rounds)
    await session.step(`single changes at ${label(members)}`)
    singleChanges(book, full, 100 * rounds)
    await session.step(`loading ${label(members)}`)
    loads.push({ members, value: loading(book, full, Math.max(2, Math.round((rounds * 3000) / members))) })
    const { leafBytes, overhead } = full.tree.store.footprint
    book.amount('memory of a full tree', members, { bytes: overhead + leafBytes, counts: { overhead, leafBytes } })
    if (members >= 100_000) {
      const [beyond, total] = [overhead / 1e6, (overhead + 230 * members) / 1e6]
      book.goal('memory beyond the leaves', '<= 40 MB', `${beyond.toFixed(1)} MB`, beyond <= 40)
      book.goal('memory with leaves of 230 bytes', '<= 80 MB', `${total.toFixed(1)} MB`, total <= 80)
    }
    await session.step(`the worst tree of ${label(members)}`)
    worstTree(book, suite, new TreeFixture(suite, members, 'blank parents'), members > 50_000 ? 3 : rounds)
  }
  const large = loads.filter(({ members }) => members >= 1000)
  const last = loads.at(-1)
  if (last === undefined || last.members < 100_000) return
  const perLeaf = last.value / last.members
  book.goal('load: per leaf', '<= 25 µs', showTime(perLeaf), perLeaf <= 0.025)
  const slope = exponent(large)
  if (slope === undefined) return
  book.goal('load: growth exponent', '1.0 +- 0.1', slope.toFixed(3), Math.abs(slope - 1) <= 0.1)
}
