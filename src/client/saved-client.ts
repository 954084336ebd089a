/** A client as it is stored: its signature key, its credential, and the key packages that wait to be used with their private keys. */
import { decode, encode, type ValueOf } from '../codec/codec.ts'
import { opaque, vector } from '../codec/primitives.ts'
import { struct } from '../codec/struct.ts'
import { Writer } from '../codec/writer.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { Credential } from '../mls/credential.ts'
import { Extension } from '../mls/extension.ts'
import { KeyPackage } from '../mls/key-package.ts'
import { keyPackageRef, type OwnKeyPackage } from '../mls/key-package-create.ts'
import { Capabilities } from '../mls/leaf-node.ts'
import { openForReading, openSaved, SavedKind, sealSaved } from '../mls/saved/records.ts'
import { Taken } from '../mls/saved/taken.ts'

const SavedKeyPackage = struct('SavedKeyPackage', { keyPackage: KeyPackage, initKey: opaque, leafKey: opaque })
export const SavedClient = struct('SavedClient', {
  signatureKey: opaque,
  credential: Credential,
  keyPackages: vector(SavedKeyPackage),
})
/** What the client says of itself in its leaves, where that is more than the library says by itself. */
export const SavedDescription = struct('SavedDescription', {
  capabilities: Capabilities,
  leafExtensions: vector(Extension),
})
export type SavedDescription = ValueOf<typeof SavedDescription>

/** What a client owns. */
export interface ClientState {
  readonly signatureKey: Uint8Array
  readonly credential: Credential
  readonly keyPackages: readonly OwnKeyPackage[]
  readonly description: SavedDescription
}

/** A client that says nothing more. */
export const NO_DESCRIPTION: SavedDescription = {
  capabilities: { versions: [], cipherSuites: [], extensions: [], proposals: [], credentials: [] },
  leafExtensions: [],
}

/** Equal bytes for equal clients. */
export function saveClient({ id, hash }: CipherSuite, state: ClientState): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  openSaved(writer, SavedKind.client, id)
  SavedClient.write(writer, {
    signatureKey: state.signatureKey,
    credential: state.credential,
    keyPackages: state.keyPackages.map(({ keyPackage, initKeys, leafKeys }) => {
      return { keyPackage, initKey: initKeys.privateKey, leafKey: leafKeys.privateKey }
    }),
  })
  const { capabilities, leafExtensions } = state.description
  const lists: readonly (readonly unknown[])[] = [leafExtensions, ...Object.values(capabilities)]
  if (lists.some(list => list.length > 0)) SavedDescription.write(writer, state.description)
  return sealSaved(writer, hash)
}

/** A key package with keys of its own: nothing in it is a view of what was read. */
function ownKeyPackage(suite: CipherSuite, saved: ValueOf<typeof SavedKeyPackage>, taken: Taken): OwnKeyPackage {
  const encoded = encode(KeyPackage, saved.keyPackage)
  const keyPackage = decode(KeyPackage, encoded)
  return {
    keyPackage,
    encoded,
    ref: keyPackageRef(suite, encoded),
    initKeys: taken.pair(suite, { privateKey: saved.initKey, publicKey: keyPackage.initKey }),
    leafKeys: taken.pair(suite, { privateKey: saved.leafKey, publicKey: keyPackage.leafNode.encryptionKey }),
  }
}

/** What `saveClient` has written. The caller owns the secrets in it; where it is refused, none is left. */
export function loadClient(suite: CipherSuite, bytes: Uint8Array): ClientState {
  const reader = openForReading(bytes, SavedKind.client, suite.hash)
  const { signatureKey, credential, keyPackages } = SavedClient.read(reader)
  const description = reader.at < reader.limit ? SavedDescription.read(reader) : NO_DESCRIPTION
  reader.end()
  const taken = new Taken()
  try {
    return {
      signatureKey: taken.secret(signatureKey, suite.signature.privateKeyLength),
      credential: decode(Credential, encode(Credential, credential)),
      keyPackages: keyPackages.map(saved => ownKeyPackage(suite, saved, taken)),
      description,
    }
  } catch (error) {
    taken.wipe()
    throw error
  }
}
