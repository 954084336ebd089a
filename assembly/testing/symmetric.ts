/** Internals of the symmetric module, exported for tests only; never shipped. */
export * from '../symmetric'
export { aesEncrypt, aesExpandKey, subBytes } from '../aes'
export { chacha20Blocks, chacha20Start } from '../chacha20'
export { ghashBlocks, ghashResult, ghashStart } from '../ghash'
export { poly1305Blocks, poly1305Start, poly1305Tag } from '../poly1305'
export { mac } from '../hmac'
export { sha256Many } from '../sha256-many'
export { sha384Init, sha512Final, sha512Init, sha512Update } from '../sha512'
