/** docs/persistence.md, format 1: a saved file taken apart in one pass, with counts of everything and annotations of as much as is wanted. */
import { RejectedError } from '../../../base/errors.ts'
import { SavedClient, SavedDescription } from '../../../client/saved-client.ts'
import { type Annotation, annotate } from '../../../codec/annotate.ts'
import { type Codec, check } from '../../../codec/codec.ts'
import { opaqueOf, uint64 } from '../../../codec/primitives.ts'
import { Reader } from '../../../codec/reader.ts'
import { struct } from '../../../codec/struct.ts'
import { ReInit } from '../../../mls/proposal.ts'
import { compareKeys, wholeKey } from '../../../mls/saved/cursor.ts'
import { SavedFollower } from '../../../mls/saved/follower.ts'
import { CHAIN } from '../../../mls/saved/records.ts'
import { insideOf } from '../types.ts'
import { checkedEnd, DamagedError, type KindOfSaved, readHead, SavedHead } from './head.ts'
import { clearedBy, insideOfSaved, KEYS, NAMES_OF_SECRETS, type Placed, placeOf, UNKNOWN } from './places.ts'

const SavedMark = struct('SavedMark', { sequence: uint64, chain: opaqueOf(CHAIN) })

/** How much is annotated. */
export interface SavedExtent {
  /** Records of each place, keys of a delta's lists. */
  readonly limit: number
  /** Elements of each vector in them. */
  readonly elements: number
  /** Annotations in all, about. */
  readonly total: number
}

/** What there is of one kind of record. */
export interface PlaceCount {
  readonly place: string
  readonly records: number
  readonly bytes: number
}

/** A saved file, taken apart. */
export interface Saved {
  readonly kind: KindOfSaved
  readonly suite: number
  readonly root: Annotation
  readonly places: readonly PlaceCount[]
  /** The last record of each place: for facts. */
  readonly latest: ReadonlyMap<string, Uint8Array>
  /** Lengths of the lists of what a delta takes away. */
  readonly taken: { readonly clears: number; readonly deletes: number } | undefined
}

interface Range {
  readonly start: number
  readonly end: number
}

type Parts = Omit<Annotation, 'problem' | 'header' | 'children'> & Partial<Pick<Annotation, 'header' | 'children'>>
const annotation = (parts: Parts): Annotation => ({ header: 0, children: [], problem: undefined, ...parts })

class Dissector {
  readonly #bytes: Uint8Array
  readonly #extent: SavedExtent
  readonly #reader: Reader
  readonly #counts = new Map<string, { records: number; bytes: number }>()
  readonly latest = new Map<string, Uint8Array>()
  #left: number

  constructor(bytes: Uint8Array, end: number, extent: SavedExtent) {
    this.#bytes = bytes
    this.#extent = extent
    this.#left = extent.total
    this.#reader = new Reader(bytes, 'saved state')
    this.#reader.limit = end
  }

  get places(): PlaceCount[] {
    return [...this.#counts].map(([place, count]) => ({ place, ...count }))
  }

  /** A struct that stands here. */
  part(name: string, codec: Codec<unknown>, end?: number): Annotation {
    const start = this.#reader.at
    if (end === undefined) codec.skip(this.#reader)
    else this.#reader.at = end
    return this.#annotated(name, codec, { start, end: this.#reader.at })
  }

  /** What remains, as records: those of a snapshot in the order of their keys. */
  records(name: string, { mustRise }: { mustRise: boolean }): Annotation {
    const reader = this.#reader
    const start = reader.at
    const children: Annotation[] = []
    let [count, before] = [0, undefined as Uint8Array | undefined]
    for (; reader.at < reader.limit; count++) {
      const at = reader.at
      const key = reader.opaque()
      const value = reader.opaque()
      if (mustRise && before !== undefined && compareKeys(wholeKey(before), wholeKey(key)) >= 0) {
        throw new DamagedError(`Record ${count} of the snapshot is not behind the one before it, in the order of keys`)
      }
      before = key
      const placed = placeOf(key)
      const seen = this.#count(placed, reader.at - at)
      this.latest.set(placed.place, value)
      if (seen <= this.#extent.limit && this.#left > 0) children.push(this.#record(count, placed, at))
      else this.#checkValue(count, placed, value)
    }
    return this.#list(name, 'SavedRecord', { start, children, omitted: count - children.length })
  }

  /** A list of keys of which a delta forgets something. */
  keys(name: string, say: (key: Uint8Array) => string): { readonly list: Annotation; readonly count: number } {
    const reader = this.#reader
    const start = reader.at
    const outer = reader.openVector()
    const header = reader.at - start
    const children: Annotation[] = []
    let count = 0
    for (; reader.at < reader.limit; count++) {
      const at = reader.at
      const key = reader.opaque()
      if (count < this.#extent.limit) children.push(this.#keyOf(`[${count}] ${say(key)}`, key, at))
    }
    reader.closeVector(outer)
    return { list: { ...this.#list(name, KEYS, { start, children, omitted: count - children.length }), header }, count }
  }

  #keyOf(name: string, key: Uint8Array, start: number): Annotation {
    const { at } = this.#reader
    const header = at - start - key.length
    return annotation({ name, type: 'SavedKey', start, end: at, header, content: { kind: 'bytes', bytes: key } })
  }

  #list(
    name: string,
    type: string,
    { start, children, omitted }: { start: number; children: Annotation[]; omitted: number },
  ): Annotation {
    return annotation({ name, type, start, end: this.#reader.at, content: { kind: 'vector', omitted }, children })
  }

  #count({ place }: Placed, bytes: number): number {
    const count = this.#counts.get(place)
    if (count === undefined) {
      this.#counts.set(place, { records: 1, bytes })
      return 1
    }
    count.bytes += bytes
    return ++count.records
  }

  /** The record between `start` and where the reader is. */
  #record(index: number, placed: Placed, start: number): Annotation {
    const reader = new Reader(this.#bytes, 'saved state')
    reader.at = start
    const key = reader.opaque()
    const keyEnd = reader.at
    const value = reader.opaque()
    const { at: end } = reader
    const { place, which, codec, raw = 'value' } = placed
    const header = end - keyEnd - value.length
    const shown =
      codec === undefined
        ? annotation({
            name: raw,
            type: 'opaque',
            start: keyEnd,
            end,
            header,
            content: { kind: 'bytes', bytes: value },
          })
        : this.#annotated('value', codec, { start: end - value.length, end }, () => recordName(index, placed))
    const valuePart = codec === undefined ? shown : { ...shown, start: keyEnd, header: shown.header + header }
    const keyPart = annotation({
      ...{ name: 'key', type: 'SavedKey', start, end: keyEnd, header: keyEnd - start - key.length },
      content: { kind: 'bytes', bytes: key },
    })
    const name = `[${index}] ${which === '' ? place : `${place}: ${which}`}`
    return annotation({
      name,
      type: 'SavedRecord',
      start,
      end,
      content: { kind: 'struct' },
      children: [keyPart, valuePart],
    })
  }

  #annotated(name: string, codec: Codec<unknown>, within: Range, what = () => name): Annotation {
    const { elements } = this.#extent
    const { root, problem } = annotate(codec, this.#bytes, {
      ...{ elements, total: Math.max(1, this.#left), within },
      inside: place => insideOfSaved(place) ?? insideOf(place),
    })
    // nothing is shown of what does not decode: its parts might be secrets that are taken for something else
    if (problem !== undefined) throw unreadable(what(), problem)
    this.#left -= sizeOf(root)
    return nameSecrets({ ...root, name })
  }

  #checkValue(index: number, placed: Placed, value: Uint8Array): void {
    if (placed.codec === undefined) return
    try {
      check(placed.codec, value)
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      throw unreadable(recordName(index, placed), error)
    }
  }
}

const recordName = (index: number, { place, which }: Placed): string =>
  `record ${index} (${place}${which === '' ? '' : `, ${which}`})`

const unreadable = (what: string, { message }: { message: string }): DamagedError =>
  new DamagedError(`${what} does not decode, though the digest of the file is right: ${message}`)

function sizeOf({ children }: Annotation): number {
  return children.reduce((sum, child) => sum + sizeOf(child), 1)
}

/** The secrets of an epoch by name. */
function nameSecrets(at: Annotation): Annotation {
  const { children } = at
  if (at.name !== 'secrets' || at.type !== 'optional<Bytes><V>') return { ...at, children: children.map(nameSecrets) }
  return { ...at, children: children.map((child, i) => ({ ...child, name: NAMES_OF_SECRETS[i] ?? child.name })) }
}

/** Takes a saved file apart. Throws `DamagedError`. */
export function takeApart(bytes: Uint8Array, extent: SavedExtent): Saved {
  const { kind, suite } = readHead(bytes)
  const end = checkedEnd(bytes, suite)
  const dissector = new Dissector(bytes, end, extent)
  let taken: Saved['taken']
  const children = [dissector.part('head', SavedHead)]
  try {
    if (kind === 'follower') {
      children.push(dissector.part(kind, SavedFollower))
      if (children.at(-1)!.end < end) children.push(dissector.part('reinit', ReInit, end))
    } else if (kind === 'client') {
      children.push(dissector.part(kind, SavedClient))
      if (children.at(-1)!.end < end) children.push(dissector.part('description', SavedDescription, end))
    } else {
      children.push(dissector.part(kind === 'delta' ? 'follows' : 'mark', SavedMark))
      if (kind === 'delta') {
        const clears = dissector.keys('clears', clearedBy)
        const deletes = dissector.keys('deletes', key => recordTitle(placeOf(key)))
        children.push(clears.list, deletes.list)
        taken = { clears: clears.count, deletes: deletes.count }
      }
      children.push(
        kind === 'delta'
          ? dissector.records('puts', { mustRise: false })
          : dissector.records('records', { mustRise: true }),
      )
    }
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    throw unreadable('The list of its records', error)
  }
  const digest = { kind: 'bytes', bytes: bytes.subarray(end) } as const
  children.push(annotation({ name: 'digest', type: 'opaque', start: end, end: bytes.length, content: digest }))
  const root = annotation({
    ...{ name: 'SavedFile', type: 'SavedFile', start: 0, end: bytes.length },
    ...{ content: { kind: 'struct' }, children },
  })
  const { places, latest } = dissector
  return { kind, suite, root, places, latest, taken }
}

const recordTitle = ({ place, which }: Placed): string =>
  place === UNKNOWN ? UNKNOWN : which === '' ? place : `${place}: ${which}`
