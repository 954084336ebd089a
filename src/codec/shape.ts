/** RFC 8446 section 3: what a type is made of, so that an encoding can be taken apart by its declaration alone. */
import type { Codec } from './codec.ts'
import type { Tags } from './enumerations.ts'
import type { Field } from './fields.ts'

/** What a type is made of. */
export type Shape =
  | { readonly kind: 'number' }
  | { readonly kind: 'enumeration'; readonly tags: Tags<string> }
  /** With a variable-size length in front, or of one length. */
  | { readonly kind: 'bytes'; readonly prefixed: boolean }
  | { readonly kind: 'padding' }
  | { readonly kind: 'vector'; readonly element: Codec<unknown> }
  | { readonly kind: 'optional'; readonly inner: Codec<unknown> }
  | { readonly kind: 'named'; readonly inner: Codec<unknown> }
  | { readonly kind: 'struct'; readonly name: string; readonly fields: readonly Field[] }

/** What a tag selects: fields, of a struct with a name where they are that. */
export interface Choice {
  /** Undefined for values that have no name. */
  readonly tag: string | undefined
  readonly struct: string | undefined
  readonly fields: readonly Field[]
}

/** What a field is made of that is more than one value. */
export type PartShape =
  | { readonly kind: 'constant'; readonly tags: Tags<string> }
  /** Undefined for a value that is refused. */
  | { readonly kind: 'select'; readonly tags: Tags<string>; choose(number: number): Choice | undefined }
  | { readonly kind: 'dependent'; readonly slot: number; choose(tag: string | undefined): Choice }
