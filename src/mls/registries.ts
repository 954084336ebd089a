/** RFC 9420 section 17: the numbers that IANA keeps, and section 6's protocol version. */
import { openEnumeration, registry } from '../codec/enumerations.ts'

export const ProtocolVersion = openEnumeration('ProtocolVersion', { mls10: 1 })

/** Section 17.1. */
export const CipherSuite = registry('CipherSuite', {
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519: 1,
  MLS_128_DHKEMP256_AES128GCM_SHA256_P256: 2,
  MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519: 3,
  MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448: 4,
  MLS_256_DHKEMP521_AES256GCM_SHA512_P521: 5,
  MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448: 6,
  MLS_256_DHKEMP384_AES256GCM_SHA384_P384: 7,
})

/** Section 17.2. */
export const WireFormat = registry('WireFormat', {
  mls_public_message: 1,
  mls_private_message: 2,
  mls_welcome: 3,
  mls_group_info: 4,
  mls_key_package: 5,
})

/** Section 17.3. */
export const ExtensionType = registry('ExtensionType', {
  application_id: 1,
  ratchet_tree: 2,
  required_capabilities: 3,
  external_pub: 4,
  external_senders: 5,
  // draft-ietf-mls-extensions, as deployed
  last_resort: 0x000a,
})

/** Section 17.4. */
export const ProposalType = registry('ProposalType', {
  add: 1,
  update: 2,
  remove: 3,
  psk: 4,
  reinit: 5,
  external_init: 6,
  group_context_extensions: 7,
  // draft-ietf-mls-extensions
  self_remove: 0x000a,
})

/** Section 17.5. */
export const CredentialType = registry('CredentialType', { basic: 1, x509: 2 })
