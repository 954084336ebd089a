/** RFC 9420 section 12.4.3.1, the committer: one Welcome for all who join, its group info encrypted once. */
import { ByteList } from '../base/byte-list.ts'
import { EMPTY } from '../base/bytes.ts'
import { wipe, wipingAfter } from '../base/secret.ts'
import { encode } from '../codec/codec.ts'
import { encodingOf } from '../codec/kept.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import { GroupInfo } from './group-info.ts'
import { KeyPackage } from './key-package.ts'
import { keyPackageRef } from './key-package-create.ts'
import { type NewEpoch, welcomeKey, wipeWelcomeKey } from './key-schedule.ts'
import { type PreSharedKeyID, PreSharedKeyIDs } from './psk.ts'
import { GroupSecrets, type Welcome } from './welcome.ts'

/** What a Welcome is made from. */
export interface WelcomeRequest {
  readonly groupInfo: GroupInfo
  readonly epoch: Pick<NewEpoch, 'joinerSecret' | 'welcomeSecret'>
  readonly joiners: readonly KeyPackage[]
  /** The path secret for each joiner, where the commit has a path. The caller's to wipe. */
  readonly pathSecrets: readonly Uint8Array[] | undefined
  readonly psks: readonly PreSharedKeyID[]
}

/** The GroupSecrets of all joiners. They differ in the path secret only, so one is encoded and copied. */
function groupSecrets({ kdf }: CipherSuite, request: WelcomeRequest): ByteList {
  const { epoch, pathSecrets, psks, joiners } = request
  const joinerSecret = epoch.joinerSecret.bytes
  const pathSecret = pathSecrets && { pathSecret: new Uint8Array(kdf.length) }
  const one = encode(GroupSecrets, { joinerSecret, pathSecret, psks })
  if (pathSecrets === undefined) return ByteList.fixed(one, one.length)
  const at = one.length - encode(PreSharedKeyIDs, psks).length - kdf.length
  const all = new Uint8Array(one.length * joiners.length)
  pathSecrets.forEach((secret, i) => {
    all.set(one, i * one.length)
    all.set(secret, i * one.length + at)
  })
  wipe(one)
  return ByteList.fixed(all, one.length)
}

function encryptGroupInfo(suite: CipherSuite, { groupInfo, epoch }: WelcomeRequest): Uint8Array<ArrayBuffer> {
  const key = welcomeKey(suite, epoch.welcomeSecret.bytes)
  try {
    return suite.aead.seal(key.key, key.nonce, EMPTY, encode(GroupInfo, groupInfo))
  } finally {
    wipeWelcomeKey(key)
  }
}

/** Encrypts a group info to everybody who joins, all in one bulk call. */
export function createWelcome(suite: CipherSuite, request: WelcomeRequest): Welcome {
  const { joiners } = request
  const encryptedGroupInfo = encryptGroupInfo(suite, request)
  const publicKeys = new Uint8Array(joiners.length * suite.kem.publicKeyLength)
  joiners.forEach(({ initKey }, i) => {
    publicKeys.set(initKey, i * suite.kem.publicKeyLength)
  })
  const plaintexts = groupSecrets(suite, request)
  const { kemOutputs, ciphertexts } = wipingAfter([plaintexts.bytes], () =>
    suite.labels.encryptManyWithLabel({
      publicKeys: ByteList.fixed(publicKeys, suite.kem.publicKeyLength),
      label: 'Welcome',
      context: encryptedGroupInfo,
      plaintexts,
    }),
  )
  const secrets = joiners.map((keyPackage, i) => ({
    newMember: keyPackageRef(suite, encodingOf(KeyPackage, keyPackage)),
    encryptedGroupSecrets: { kemOutput: kemOutputs.at(i), ciphertext: ciphertexts.at(i) },
  }))
  return { cipherSuite: suite.id, secrets, encryptedGroupInfo }
}
