/** What sender keys need below them: confidential, authentic channels between any two members. `PairwiseChannels` is one. */
export interface PairChannels {
  /** Encrypts for several peers: all packets, or an error and no change. `context` is bound and not sent. */
  sealMany(
    items: readonly { readonly to: Uint8Array; readonly plaintext: Uint8Array }[],
    context: Uint8Array,
  ): Uint8Array<ArrayBuffer>[]
  /** Decrypts and gives the plaintext to `use`: where that throws, the packet counts as not received. */
  open<T>(from: Uint8Array, packet: Uint8Array, context: Uint8Array, use: (plaintext: Uint8Array) => T): T
}
