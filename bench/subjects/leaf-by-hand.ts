/** A LeafNode decoded and encoded by code written for nothing else: what the schema compiler is measured against. */

class Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  need(length: number): number {
    const at = this.at
    if (length > this.bytes.length - at) throw new Error('truncated')
    this.at = at + length
    return at
  }

  u8(): number {
    return this.bytes[this.need(1)]!
  }

  u16(): number {
    const at = this.need(2)
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  u64(): bigint {
    return this.view.getBigUint64(this.need(8))
  }

  length(): number {
    const first = this.u8()
    if (first < 64) return first
    if (first >= 192) throw new Error('bad length')
    const value = first < 128 ? ((first & 63) << 8) | this.u8() : ((first & 63) << 24) | (this.u8() << 16) | this.u16()
    if (value < (first < 128 ? 64 : 16384)) throw new Error('length not minimal')
    return value
  }

  opaque(): Uint8Array {
    const length = this.length()
    const at = this.need(length)
    return this.bytes.subarray(at, at + length)
  }

  numbers(): number[] {
    const length = this.length()
    if (length > this.bytes.length - this.at) throw new Error('truncated')
    const end = this.at + length
    const out: number[] = []
    while (this.at < end) out.push(this.u16())
    if (this.at !== end) throw new Error('truncated')
    return out
  }

  extensions(): { extensionType: number; extensionData: Uint8Array }[] {
    const length = this.length()
    if (length > this.bytes.length - this.at) throw new Error('truncated')
    const end = this.at + length
    const out = []
    while (this.at < end) out.push({ extensionType: this.u16(), extensionData: this.opaque() })
    if (this.at !== end) throw new Error('truncated')
    return out
  }
}

/** Decodes a leaf with a basic credential, made for a key package. */
export function decodeLeafByHand(bytes: Uint8Array) {
  const cursor = new Cursor(bytes)
  const encryptionKey = cursor.opaque()
  const signatureKey = cursor.opaque()
  if (cursor.u16() !== 1) throw new Error('credential type')
  const credential = { credentialType: 'basic', identity: cursor.opaque() }
  const capabilities = {
    versions: cursor.numbers(),
    cipherSuites: cursor.numbers(),
    extensions: cursor.numbers(),
    proposals: cursor.numbers(),
    credentials: cursor.numbers(),
  }
  if (cursor.u8() !== 1) throw new Error('source')
  const lifetime = { notBefore: cursor.u64(), notAfter: cursor.u64() }
  const extensions = cursor.extensions()
  const signature = cursor.opaque()
  if (cursor.at !== bytes.length) throw new Error('trailing bytes')
  const leafNodeSource = 'key_package'
  return { encryptionKey, signatureKey, credential, capabilities, leafNodeSource, lifetime, extensions, signature }
}

type Leaf = ReturnType<typeof decodeLeafByHand>

const out = new Uint8Array(4096)
const outView = new DataView(out.buffer)
let end = 0

function putLength(value: number): void {
  if (value < 64) out[end++] = value
  else if (value < 16384) put16(value | 0x4000)
  else throw new Error('too long')
}

function put16(value: number): void {
  if (value !== (value & 0xffff)) throw new Error('uint16')
  outView.setUint16(end, value)
  end += 2
}

function put64(value: bigint): void {
  if (value < 0n || value > 0xffffffffffffffffn) throw new Error('uint64')
  outView.setBigUint64(end, value)
  end += 8
}

function putOpaque(value: Uint8Array): void {
  putLength(value.length)
  out.set(value, end)
  end += value.length
}

function putNumbers(values: readonly number[]): void {
  putLength(2 * values.length)
  for (const value of values) put16(value)
}

/** Encodes what `decodeLeafByHand` decodes. */
export function encodeLeafByHand(leaf: Leaf): Uint8Array {
  end = 0
  putOpaque(leaf.encryptionKey)
  putOpaque(leaf.signatureKey)
  put16(1)
  putOpaque(leaf.credential.identity)
  putNumbers(leaf.capabilities.versions)
  putNumbers(leaf.capabilities.cipherSuites)
  putNumbers(leaf.capabilities.extensions)
  putNumbers(leaf.capabilities.proposals)
  putNumbers(leaf.capabilities.credentials)
  out[end++] = 1
  put64(leaf.lifetime.notBefore)
  put64(leaf.lifetime.notAfter)
  let length = 0
  for (const { extensionData } of leaf.extensions)
    length += 2 + (extensionData.length < 64 ? 1 : 2) + extensionData.length
  putLength(length)
  for (const { extensionType, extensionData } of leaf.extensions) {
    put16(extensionType)
    putOpaque(extensionData)
  }
  putOpaque(leaf.signature)
  return out.slice(0, end)
}
