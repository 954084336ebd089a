/** Greeting packets: codec, strictness, types, text form. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { CopathError, RejectedError } from '../../src/base/errors.ts'
import { printStruct } from '../../src/codec/codec.ts'
import { PacketContent } from '../../src/gka/chain.ts'
import { greetTypeOf, operationOf } from '../../src/gka/greet-type.ts'
import { CHAIN_KIND, packetFromText, packetToText } from '../../src/gka/index.ts'
import { decodeGreeting, encodeGreeting } from '../../src/gka/packet.ts'
import { RECORD, Record, readRecords, writeRecords } from '../../src/gka/records.ts'
import { Acknowledgement, SessionContent } from '../../src/gka/session-id.ts'
import { worldOf } from './world.ts'

const MAX = 512

/** One packet of every kind of stage. */
function samples(): Uint8Array[] {
  const world = worldOf(3)
  world.add('x')
  world.run('member 1', world.at('member 1').include(['x']))
  const packet = world.at('member 0').exclude(['x'])
  world.sessions.delete('x')
  world.run('member 0', packet)
  world.run('member 2', world.at('member 2').refresh([new Uint8Array(32).fill(1)]))
  const confirming = worldOf(2, { confirmKey: true })
  confirming.run('member 0', confirming.at('member 0').refresh())
  return [...world.log, ...confirming.log.slice(-2)].map(({ bytes }) => bytes)
}
const packets = samples()
const codeOf = (bytes: Uint8Array, max = MAX): string | undefined => {
  try {
    decodeGreeting(bytes, max)
    return undefined
  } catch (error) {
    if (error instanceof RejectedError) return error.code
    throw error
  }
}

describe('records', () => {
  it('E079: a packet is what its content gives, and the other way round, for every stage', () => {
    for (const bytes of packets) {
      const packet = decodeGreeting(bytes, MAX)
      expect(toHex(encodeGreeting(packet, () => packet.signature))).toBe(toHex(bytes))
      const [signature, version, type] = readRecords(bytes)
      expect([signature!.type, version!.type, type!.type]).toEqual([3, 1, 2])
      expect([toHex(version!.value), toHex(type!.value)]).toEqual(['0001', '02'])
      expect(toHex(packet.signed)).toBe(toHex(concat(utf8('greetmsgsig'), bytes.subarray(68))))
    }
  })

  it('E099: type and length have two bytes each; nothing may be cut short', () => {
    expect(toHex(writeRecords([{ type: 0x1ff, value: Uint8Array.of(0, 0x9c) }]))).toBe('01ff0002009c')
    expect(toHex(writeRecords([{ type: 1, value: new Uint8Array(300) }]).subarray(0, 4))).toBe('0001012c')
    expect(() => readRecords(fromHex('0001000500'))).toThrow(expect.objectContaining({ code: 'truncated' }))
    expect(() => writeRecords([{ type: 1, value: new Uint8Array(65536) }])).toThrow(CopathError)
    for (const bytes of packets) {
      // a reference to a message is the one thing that may be missing at the end; the signature covers it
      const optional = decodeGreeting(bytes, MAX).order?.latestMessages.length ?? 0
      const whole = [...Array(optional).keys()].map(i => bytes.length - 36 * (i + 1))
      for (let length = 0; length < bytes.length; length++) {
        expect(codeOf(bytes.subarray(0, length)) === undefined).toBe(whole.includes(length))
      }
    }
  })

  it('E079: a record left out, doubled, moved or unknown is refused, wherever it is', () => {
    for (const bytes of packets) {
      const records = readRecords(bytes)
      for (let at = 0; at < records.length; at++) {
        const record = records[at]!
        const { facts } = decodeGreeting(bytes, MAX)
        // the shape does not tell how many members there are where they have no values; the session does
        const free =
          record.type === RECORD.latestMessage || (record.type === RECORD.member && !(facts.down && facts.agreement))
        if (!free) expect(codeOf(writeRecords(records.toSpliced(at, 1))), `without ${at}`).toBeDefined()
        const doubled = codeOf(writeRecords(records.toSpliced(at, 0, record)))
        // a second reference to a message is one more message that was read
        if (record.type === RECORD.latestMessage) expect(doubled).toBeUndefined()
        else expect(doubled, `doubled ${at}`).toBeDefined()
        const unknown = writeRecords(records.toSpliced(at, 0, { type: 0x0107, value: new Uint8Array(32) }))
        expect(codeOf(unknown)).toBe('unexpected-record')
        const next = records[at + 1]
        if (next === undefined || next.type === record.type) continue
        const moved = records.with(at, next).with(at + 1, record)
        expect(codeOf(writeRecords(moved))).toBe('unexpected-record')
      }
      const last = { type: RECORD.latestMessage, value: new Uint8Array(32) }
      const { order, sessionSignature } = decodeGreeting(bytes, MAX)
      if (order === undefined || sessionSignature !== undefined) {
        expect(codeOf(writeRecords([...records, last]))).toBe('unexpected-record')
      }
    }
  })

  it('every record has the one length of its type', () => {
    for (const bytes of packets) {
      const records = readRecords(bytes)
      for (const [at, { type, value }] of records.entries()) {
        const names: number[] = [RECORD.source, RECORD.destination, RECORD.member, RECORD.protocolVersion]
        if (names.includes(type)) continue
        for (const length of [0, value.length - 1, value.length + 1]) {
          const resized = new Uint8Array(length)
          resized.set(value.subarray(0, length))
          expect(codeOf(writeRecords(records.with(at, { type, value: resized })))).toBe('wrong-record-length')
        }
      }
    }
  })

  it('E119: the version has two bytes, or one as the reference sends it', () => {
    const [bytes] = packets as [Uint8Array]
    const records = readRecords(bytes)
    const versioned = (value: string) => writeRecords(records.with(1, { type: 1, value: fromHex(value) }))
    expect(codeOf(versioned('0001'))).toBeUndefined()
    expect(codeOf(versioned('01'))).toBeUndefined()
    expect(codeOf(versioned('0002'))).toBe('unknown-value')
    expect(codeOf(versioned('00'))).toBe('unknown-value')
    expect(codeOf(versioned(''))).toBe('wrong-record-length')
    expect(codeOf(versioned('000001'))).toBe('wrong-record-length')
  })

  it('messages of other types are not greetings', () => {
    const records = readRecords(packets[0]!)
    for (const [type, code] of [
      [0, 'unexpected-packet'],
      [1, 'unexpected-packet'],
      [3, 'unexpected-packet'],
      [4, 'unexpected-packet'],
      [5, 'unknown-value'],
      [255, 'unknown-value'],
    ] as const) {
      expect(codeOf(writeRecords(records.with(2, { type: 2, value: Uint8Array.of(type) })))).toBe(code)
    }
  })

  it('names are UTF-8 of 1 to 255 bytes, and lists of members have no name twice and no more than allowed', () => {
    const [bytes] = packets as [Uint8Array]
    const records = readRecords(bytes)
    const at = records.findIndex(({ type }) => type === RECORD.member)
    const named = (value: Uint8Array) => codeOf(writeRecords(records.with(at + 2, { type: RECORD.member, value })))
    expect(named(utf8('zoë'))).toBeUndefined()
    expect(named(utf8('\ufeffx'))).toBeUndefined()
    expect(named(new Uint8Array(0))).toBe('invalid-member-id')
    expect(named(new Uint8Array(256).fill(97))).toBe('invalid-member-id')
    for (const bad of ['c3', 'c080', 'eda080', 'ff', 'f4908080']) expect(named(fromHex(bad))).toBe('invalid-member-id')
    expect(named(utf8('member 0'))).toBe('duplicate-member')
    expect(codeOf(bytes, 2)).toBe('unexpected-record')
    expect(codeOf(bytes, 3)).toBeUndefined()
  })
})

describe('types', () => {
  const facts = (bits: number) => ({
    down: (bits & 1) !== 0,
    agreement: (bits & 2) !== 0,
    signatureKeys: (bits & 4) !== 0,
    initial: (bits & 8) !== 0,
  })
  const operations = ['start', 'include', 'exclude', 'refresh'] as const
  const legal = [0x9c, 0x1c, 0x1e, 0x1a, 0xad, 0x2d, 0x2f, 0x2b, 0xbf, 0x3b, 0xc7]

  it('E117: every number with every set of records: taken only where they say the same', () => {
    const taken = new Set<number>()
    for (let type = 0; type < 65536; type += type < 256 ? 1 : 251) {
      for (let bits = 0; bits < 16; bits++) {
        let operation: string | undefined
        try {
          operation = operationOf(type, facts(bits))
        } catch (error) {
          expect(['unknown-value', 'contradicting-type']).toContain((error as CopathError).code)
        }
        if (operation === undefined) continue
        taken.add(type)
        const matching = operations.filter(name => greetTypeOf(name, facts(bits)) === type)
        expect(matching).toEqual([operation])
      }
    }
    // the document's, and two for refreshes that are confirmed; quitting is none of them
    expect([...taken].sort()).toEqual([...legal, 0xcf, 0x4b].sort())
    expect(taken.has(0xd3)).toBe(false)
  })

  it('E117: a packet with the number of another stage or operation is refused', () => {
    for (const bytes of packets) {
      const records = readRecords(bytes)
      const own = toHex(records[3]!.value)
      for (const type of [...legal, 0xcf, 0x4b]) {
        const value = Uint8Array.of(0, type)
        if (toHex(value) === own) continue
        const code = codeOf(writeRecords(records.with(3, { type: RECORD.greetType, value })))
        // the operation is not in the records of confirmations; the session refuses these
        const confirms = [0x1a, 0x2b, 0x3b, 0x4b]
        const ups = [
          [0x9c, 0xad],
          [0x1c, 0x2d],
          [0x1e, 0x2f],
        ]
        if (code !== undefined) continue
        const same = [confirms, ...ups].some(set => set.includes(type) && set.includes(Number(`0x${own}`)))
        expect(same, `${own} as ${type.toString(16)}`).toBe(true)
      }
    }
  })

  it('E119: initial packets are links 1 of the chain, final ones 2', () => {
    expect(CHAIN_KIND).toEqual({ initial: 1, final: 2, both: 3, leave: 4, genesis: 255 })
  })
})

describe('text', () => {
  it('E099: ?mpENC:, base64 and a full stop', () => {
    expect(packetToText(Uint8Array.of(1, 2, 3, 4))).toBe('?mpENC:AQIDBA==.')
    for (const bytes of packets) expect(toHex(packetFromText(packetToText(bytes)))).toBe(toHex(bytes))
  })

  it.each([
    '',
    '?mpENC:',
    'mpENC:AQIDBA==.',
    '?mpENC:AQIDBA==',
    '?mpENC:AQIDBA=.',
    '?mpENC:AQIDBA.',
    '?mpENC:AQIDBB==.',
    '?mpENC:AQID BA==.',
    '?mpENC:AQID\nBA==.',
    '?mpENC:AQID-A==.',
    '?mpENC:AQIDBA==..',
  ])('E099: %j is refused', text => {
    expect(() => packetFromText(text)).toThrow(expect.objectContaining({ code: 'malformed-text' }))
  })
})

describe('hostile bytes', () => {
  it('anything: a packet or a rejection, and packets encode to what they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(codeOf(bytes)).toBeDefined()
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('packets with random changes: a rejection, or one encoding of one packet', () => {
    const change = fc.tuple(fc.nat(packets.length - 1), fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 4 }))
    let decoded = 0
    fc.assert(
      fc.property(change, ([which, edits]) => {
        const bytes = packets[which]!.slice()
        for (const [at, value] of edits) bytes[at % bytes.length] = value
        if (codeOf(bytes) !== undefined) return
        decoded++
        const packet = decodeGreeting(bytes, MAX)
        expect(toHex(encodeGreeting(packet, () => packet.signature))).toBe(toHex(bytes))
      }),
      { numRuns: 1500, seed: 2 },
    )
    expect(decoded).toBeGreaterThan(100)
  })

  it('records dropped, doubled and swapped at random: never anything but a rejection or a packet', () => {
    const pick = fc.tuple(
      fc.nat(packets.length - 1),
      fc.array(fc.tuple(fc.nat(2), fc.nat(99), fc.nat(99)), { maxLength: 3 }),
    )
    fc.assert(
      fc.property(pick, ([which, edits]) => {
        let records = readRecords(packets[which]!)
        for (const [kind, a, b] of edits) {
          const [i, j] = [a % records.length, b % records.length]
          if (kind === 0) records = records.toSpliced(i, 1)
          else if (kind === 1) records = records.toSpliced(i, 0, records[j]!)
          else records = records.with(i, records[j]!).with(j, records[i]!)
          if (records.length === 0) return
        }
        const bytes = writeRecords(records)
        if (codeOf(bytes) !== undefined) return
        const packet = decodeGreeting(bytes, MAX)
        expect(toHex(encodeGreeting(packet, () => packet.signature))).toBe(toHex(bytes))
      }),
      { numRuns: 1500, seed: 3 },
    )
  })
})

it('the structs are those of the documentation', () => {
  expect([Record, SessionContent, Acknowledgement, PacketContent].map(printStruct).join('\n')).toMatchInlineSnapshot(`
    "struct {
      uint16 type;
      opaque value<0..2^16-1>;
    } Record;
    struct {
      Pid pids<V>;
      opaque nonces<V>;
    } SessionContent;
    struct {
      opaque pid<V>;
      opaque key[32];
      opaque nonce[32];
      opaque sid[32];
    } Acknowledgement;
    struct {
      opaque sender<V>;
      Recipient recipients<V>;
      opaque packet<V>;
    } PacketContent;"
  `)
})
