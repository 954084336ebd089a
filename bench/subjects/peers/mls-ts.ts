/** mls-ts: OpenMLS (Rust) compiled to WebAssembly. Its bindings are called below the package's own wrapper, which encodes the tree with every commit. */
import { concat, utf8 } from '../../../src/base/bytes.ts'
import type { Change, GroupMember, GroupSubject, Newcomer, Sent } from '../group-subject.ts'
import { installedPackage, peerLoader } from './installed.ts'

interface Encoded {
  to_bytes(): Uint8Array
}
interface Handle {
  free(): void
}
interface Provider extends Handle {
  serialize(): Uint8Array
}
interface Identity extends Handle {
  key_package(provider: Provider): Encoded
}
interface Group extends Handle {
  propose_and_commit_add(
    provider: Provider,
    sender: object,
    keyPackage: object,
  ): { readonly proposal: Uint8Array; readonly commit: Uint8Array; readonly welcome: Uint8Array }
  merge_pending_commit(provider: Provider): void
  create_message(provider: Provider, sender: object, message: Uint8Array): Uint8Array
  process_message(provider: Provider, message: Uint8Array): Uint8Array
  export_key(provider: Provider, label: string, context: Uint8Array, length: number): Uint8Array
  export_ratchet_tree(): Encoded
}

/** What we use of the bindings. */
interface Bindings {
  readonly Provider: { new (): Provider; from_bytes(bytes: Uint8Array): Provider }
  readonly Identity: new (provider: Provider, name: string) => Identity
  readonly KeyPackage: { from_bytes(bytes: Uint8Array): object }
  readonly RatchetTree: { from_bytes(bytes: Uint8Array): object }
  readonly Group: {
    create_new(provider: Provider, founder: object, groupId: string): Group
    join(provider: Provider, welcome: Uint8Array, tree: object): Group
  }
}

const SUITE = 3

/** An addition is two messages; this many bytes at the start say where the second begins. */
const PREFIX = 4

function pack(proposal: Uint8Array, commit: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(PREFIX)
  new DataView(prefix.buffer).setUint32(0, PREFIX + proposal.length)
  return concat(prefix, proposal, commit)
}

function unpack(packed: Uint8Array): readonly Uint8Array[] {
  // an MLSMessage starts with its version, 1: what does not is a pair
  const begin = new DataView(packed.buffer, packed.byteOffset).getUint32(0)
  if (begin >>> 16 !== 0) return [packed]
  return [packed.subarray(PREFIX, begin), packed.subarray(begin)]
}

class MlsTsMember implements GroupMember {
  readonly #bindings: Bindings
  readonly #provider: Provider
  readonly #identity: Identity
  readonly #group: Group

  constructor(bindings: Bindings, provider: Provider, identity: Identity, group: Group) {
    this.#bindings = bindings
    this.#provider = provider
    this.#identity = identity
    this.#group = group
  }

  commit(change: Change): Sent {
    const [keyPackage, ...more] = change.kind === 'add' ? change.keyPackages : []
    if (keyPackage === undefined || more.length > 0) throw new Error('mls-ts commits one addition at a time')
    const newcomer = this.#bindings.KeyPackage.from_bytes(keyPackage)
    const made = this.#group.propose_and_commit_add(this.#provider, this.#identity, newcomer)
    this.#group.merge_pending_commit(this.#provider)
    return { commit: pack(made.proposal, made.commit), welcome: made.welcome }
  }

  process(commit: Uint8Array): void {
    for (const message of unpack(commit)) this.#group.process_message(this.#provider, message)
  }

  encrypt(data: Uint8Array): Uint8Array {
    return this.#group.create_message(this.#provider, this.#identity, data)
  }

  decrypt(message: Uint8Array): Uint8Array {
    return this.#group.process_message(this.#provider, message)
  }

  /** It does not give the authenticator itself; what it exports differs in each epoch too. */
  epochAuthenticator(): Uint8Array {
    return this.#group.export_key(this.#provider, 'benchmark', utf8('epoch'), 32)
  }

  close(): void {
    this.#group.free()
    this.#provider.free()
  }
}

function encodedTreeOfOne(bindings: Bindings): Uint8Array {
  const provider = new bindings.Provider()
  const identity = new bindings.Identity(provider, 'somebody')
  const tree = bindings.Group.create_new(provider, identity, 'another group').export_ratchet_tree().to_bytes()
  provider.free()
  return tree
}

function newcomer(bindings: Bindings, name: string): Newcomer {
  const treeOfOne = encodedTreeOfOne(bindings)
  const provider = new bindings.Provider()
  const identity = new bindings.Identity(provider, name)
  const keyPackage = identity.key_package(provider).to_bytes()
  // joining uses up the private keys, so that each time starts from a copy of the client's storage
  const storage = provider.serialize()
  provider.free()
  return {
    keyPackage,
    join(welcome, tree) {
      const own = bindings.Provider.from_bytes(storage)
      // it wants one in any case, but looks at that in the Welcome first
      const group = bindings.Group.join(own, welcome, bindings.RatchetTree.from_bytes(tree ?? treeOfOne))
      return new MlsTsMember(bindings, own, identity, group)
    },
  }
}

async function load(): Promise<GroupSubject> {
  const installed = installedPackage('peers', 'mls-ts')
  const bindings = (await installed.load('node_modules/openmls-wasm/openmls_wasm.js')) as Bindings
  return {
    name: 'mls-ts',
    version: `mls-ts ${installed.version} (OpenMLS, Wasm)`,
    suites: [SUITE],
    maxMembers: 10_000,
    abilities: new Set(['add', 'join again', 'messages']),
    notes: [
      'OpenMLS in WebAssembly, cipher suite 3 only. It has no call for a commit that adds several, that adds nobody, or that removes, but processes such commits of others. Its addition is a proposal and a commit that refers to it, and renews no keys.',
    ],
    newcomer: (_suite, identity) => newcomer(bindings, identity),
    found(_suite, name) {
      const provider = new bindings.Provider()
      const identity = new bindings.Identity(provider, name)
      const group = bindings.Group.create_new(provider, identity, `group of ${name}`)
      return new MlsTsMember(bindings, provider, identity, group)
    },
  }
}

export const loadMlsTs = peerLoader('mls-ts', load)
