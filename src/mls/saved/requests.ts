/** What a member asked for, as it is saved: signers by their public keys, absent fields absent. */
import { checked, objectOf } from '../../base/arguments.ts'
import { checkBytes, equalPublic } from '../../base/bytes.ts'
import { UsageError } from '../../base/errors.ts'
import { decode, encode } from '../../codec/codec.ts'
import type { Signer } from '../../crypto/provider.ts'
import type { LeafChanges } from '../create-path.ts'
import type { ProposalRequest } from '../proposal-request.ts'
import { SavedRequest } from './structs.ts'

/** Finds the signer of a public key among those that the application has. */
export type FindSigner = (publicKey: Uint8Array) => Signer

/** Looks through a list of signers. copath-mls-6.1-08: the key that the leaf has is among them, or nothing can be sent. */
export function signersIn(signers: readonly Signer[]): FindSigner {
  return publicKey => {
    const signer = signers.find(candidate => equalPublic(candidate.publicKey, publicKey))
    if (signer === undefined) throw new UsageError('missing-signer', { among: signers.length })
    return signer
  }
}

/** An object without the fields that are undefined. */
function present<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>
  }
}

const NO_CHANGES = { signatureKey: undefined, credential: undefined, capabilities: undefined, extensions: undefined }

/** A request as it is saved. */
export function saveRequest(request: ProposalRequest): SavedRequest {
  switch (request.type) {
    case 'update': {
      const changes = request.changes === undefined ? undefined : { ...NO_CHANGES, ...objectOf(request.changes) }
      return { type: 'update', changes, signer: request.signer?.publicKey }
    }
    case 'resumption_psk':
      return { type: 'resumption_psk', groupId: request.groupId, epoch: request.epoch }
    case 'reinit':
      return { ...request, extensions: request.extensions as SavedExtensions }
    case 'extensions':
      return { ...request, extensions: request.extensions as NonNullable<SavedExtensions> }
    default:
      return request
  }
}

type SavedExtensions = Extract<SavedRequest, { type: 'reinit' }>['extensions']

/** A saved request as it was. Byte strings are copied. */
export function loadRequest(saved: SavedRequest, findSigner: FindSigner): ProposalRequest {
  switch (saved.type) {
    case 'update': {
      const changes: LeafChanges | undefined = saved.changes && present(saved.changes)
      const signer = saved.signer && findSigner(saved.signer)
      return { type: 'update', ...present({ changes, signer }) }
    }
    case 'resumption_psk':
      return { type: 'resumption_psk', ...present({ groupId: saved.groupId, epoch: saved.epoch }) }
    case 'reinit': {
      const { groupId, cipherSuite, extensions } = saved
      return { type: 'reinit', groupId, cipherSuite, ...present({ extensions }) }
    }
    default:
      return saved
  }
}

/** A signer, as far as one can see. */
export function signerOf(signer: Signer): Signer {
  checkBytes(objectOf(signer).publicKey)
  return checked(signer, typeof signer.sign === 'function', 'a signer')
}

/** A request that can be saved, and that the application cannot change any more: it may be handed back later. */
export function copyRequest(request: ProposalRequest): ProposalRequest {
  const signer = 'signer' in objectOf(request) ? (request as { signer?: Signer }).signer : undefined
  if (signer !== undefined) signerOf(signer)
  return loadRequest(decode(SavedRequest, encode(SavedRequest, saveRequest(request))), () => signer!)
}
