/** RFC 9420 section 5.3: chains of X.509 certificates (RFC 5280), as small as they can be, for the credentials of generated vectors. */
import { concat, fromHex, utf8 } from '../../../base/bytes.ts'
import type { SignatureScheme, Signer } from '../../../crypto/provider.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Object identifiers in DER: of the signature, and of the key and its curve. */
const IDENTIFIERS: Readonly<Record<SignatureScheme['id'], readonly [signature: string, ...key: string[]]>> = {
  ed25519: ['06032b6570', '06032b6570'],
  ed448: ['06032b6571', '06032b6571'],
  'p256-sha256': ['06082a8648ce3d040302', '06072a8648ce3d0201', '06082a8648ce3d030107'],
  'p384-sha384': ['06082a8648ce3d040303', '06072a8648ce3d0201', '06052b81040022'],
  'p521-sha512': ['06082a8648ce3d040304', '06072a8648ce3d0201', '06052b81040023'],
}
const COMMON_NAME = fromHex('0603550403')
const [INTEGER, BIT_STRING, UTF8_STRING, UTC_TIME, SEQUENCE, SET] = [0x02, 0x03, 0x0c, 0x17, 0x30, 0x31] as const
/** Until the time of day of the end of 2049, the last that has two digits for its year. */
const VALIDITY = ['250101000000Z', '491231235959Z']

function der(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = concat(...parts)
  const { length } = content
  if (length < 0x80) return concat(Uint8Array.of(tag, length), content)
  const head = length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff]
  return concat(Uint8Array.of(tag, ...head), content)
}

const bits = (bytes: Uint8Array): Bytes => der(BIT_STRING, Uint8Array.of(0), bytes)

const named = (name: string): Bytes => der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, utf8(name)))))

/** Who is vouched for or vouches. */
export interface Party {
  readonly name: string
  readonly signer: Signer
}

/** A certificate of version 1, without extensions. */
export function certificate(scheme: SignatureScheme['id'], subject: Party, issuer: Party): Bytes {
  const [signature, ...key] = IDENTIFIERS[scheme].map(hex => fromHex(hex))
  const algorithm = der(SEQUENCE, signature!)
  const content = der(
    SEQUENCE,
    der(INTEGER, Uint8Array.of(1)),
    algorithm,
    named(issuer.name),
    der(SEQUENCE, ...VALIDITY.map(time => der(UTC_TIME, utf8(time)))),
    named(subject.name),
    der(SEQUENCE, der(SEQUENCE, ...key), bits(subject.signer.publicKey)),
  )
  return der(SEQUENCE, content, algorithm, bits(issuer.signer.sign(content)))
}
