/** Vectors of the lengths of vectors: RFC 9420 section 2.1.2. */
import { Reader } from '../../codec/reader.ts'
import { Writer } from '../../codec/writer.ts'
import type { VectorKind } from './kind.ts'

export const deserialization: VectorKind = {
  name: 'deserialization',
  fields: ['vlbytes_header', 'length'],
  check(given) {
    const header = given.at('vlbytes_header')
    const reader = new Reader(header.bytes(), 'vlbytes_header')
    const length = reader.length()
    given.at('length').mustEqual(length)
    reader.end()
    const writer = new Writer()
    writer.length(length)
    header.mustBe(writer.finish())
  },
}
