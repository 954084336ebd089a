/** RFC 9420 section 6: the outermost form of every message. */
import type { ValueOf } from '../codec/codec.ts'
import { select } from '../codec/select.ts'
import { constant, struct } from '../codec/struct.ts'
import { PublicMessage } from './framing.ts'
import { GroupInfo } from './group-info.ts'
import { KeyPackage } from './key-package.ts'
import { PrivateMessage } from './private-message.ts'
import { ProtocolVersion, WireFormat } from './registries.ts'
import { Welcome } from './welcome.ts'

export const MLSMessage = struct('MLSMessage', {
  version: constant(ProtocolVersion, 'mls10'),
  wireFormat: select(WireFormat, {
    mls_public_message: { publicMessage: PublicMessage },
    mls_private_message: { privateMessage: PrivateMessage },
    mls_welcome: { welcome: Welcome },
    mls_group_info: { groupInfo: GroupInfo },
    mls_key_package: { keyPackage: KeyPackage },
  }),
})
export type MLSMessage = ValueOf<typeof MLSMessage>
