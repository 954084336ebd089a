import { SecretBytes } from '../../src/base/secret.ts'
import { decode, encode } from '../../src/codec/codec.ts'
import type { Group } from '../../src/mls/group.ts'
import { GroupContext } from '../../src/mls/group-context.ts'
import type { GroupInfo } from '../../src/mls/group-info.ts'
import { signGroupInfo } from '../../src/mls/group-info-sign.ts'
import { KeyPackage } from '../../src/mls/key-package.ts'
import { deriveFromJoiner } from '../../src/mls/key-schedule.ts'
import { MLSMessage } from '../../src/mls/message.ts'
import type { PreSharedKeyID } from '../../src/mls/psk.ts'
import { pskSecret } from '../../src/mls/psk-secret.ts'
import { createWelcome } from '../../src/mls/welcome-create.ts'
import { coreOf } from './forge-commit.ts'
import type { TestClient } from './group-world.ts'
import { refusedBy } from './rules.ts'

/** What a forger may choose about a Welcome. */
export interface Forgery {
  readonly info?: Partial<GroupInfo['groupContext']>
  readonly psks?: readonly { readonly id: PreSharedKeyID; readonly secret: Uint8Array }[]
  /** Keys that are named, but not mixed in. */
  readonly named?: readonly PreSharedKeyID[]
  readonly pathSecret?: Uint8Array
  readonly signer?: number
  readonly confirmationTag?: Uint8Array
  /** For whom it is: somebody who is in the tree already. */
  readonly joiner: TestClient
  readonly tree?: Uint8Array
}

/** A Welcome into the present epoch of a group, whose secrets are made up but fit together. */
export function forgeWelcome(group: Group, forgery: Forgery): Uint8Array {
  const core = coreOf(group)
  const { suite } = core
  const { psks = [], named = psks.map(({ id }) => id), pathSecret } = forgery
  const context = { ...core.epoch.context.context, ...forgery.info }
  const joinerSecret = new SecretBytes(new Uint8Array(32).fill(7))
  const mixed = pskSecret(suite, psks)
  const groupContext = encode(GroupContext, context)
  const { welcomeSecret, secrets } = deriveFromJoiner(suite, joinerSecret.bytes, { pskSecret: mixed, groupContext })
  const tag = suite.kdf.hmac(secrets.confirmationKey.bytes, context.confirmedTranscriptHash)
  const groupInfo = signGroupInfo(suite, {
    context,
    confirmationTag: forgery.confirmationTag ?? tag,
    leaf: forgery.signer ?? core.leaf,
    signer: core.signer,
    ratchetTree: forgery.tree ?? core.tree.encode(),
  })
  const welcome = createWelcome(suite, {
    groupInfo,
    epoch: { joinerSecret, welcomeSecret },
    joiners: [decode(KeyPackage, forgery.joiner.keyPackages.at(-1)!.encoded)],
    pathSecrets: pathSecret && [pathSecret],
    psks: named,
  })
  return encode(MLSMessage, { wireFormat: 'mls_welcome', welcome })
}

/** What a client says to a Welcome that it refuses; the group that it knows of is concerned as well. */
export function refusedJoin(
  by: TestClient,
  welcome: Uint8Array,
  more: Parameters<TestClient['join']>[1] = {},
): ReturnType<typeof refusedBy> {
  const { previous } = more
  return refusedBy(previous === undefined ? by : [by, previous], () => by.join(welcome, more))
}
