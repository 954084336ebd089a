/** The contract of hashes (FIPS 180-4). */
import { describe, expect, it } from 'vitest'
import { ByteList } from '../../../src/base/byte-list.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Hash } from '../../../src/crypto/provider.ts'
import { bytesOf, COUNTS, expectPure, failure, fixedList, joined, mixedList, sliced, unaligned } from './tools.ts'

/** The empty message, "abc", and the two-block message of the FIPS examples for this block size. */
const KNOWN = {
  sha256: {
    long: 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    digests: [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  },
  sha384: {
    long: 'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    digests: [
      '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
      '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039',
    ],
  },
  sha512: {
    long: 'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    digests: [
      'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
    ],
  },
}

export function describeHash(hash: Hash, reference: Hash): void {
  describe(hash.id, () => {
    it('knows its sizes and the FIPS examples', () => {
      expect([hash.length, hash.blockLength]).toEqual([reference.length, reference.blockLength])
      const { long, digests } = KNOWN[hash.id]
      expect(['', 'abc', long].map(text => toHex(hash.digest(utf8(text))))).toEqual(digests)
    })
    it('agrees with the reference on all lengths to 300 and some large ones', () => {
      for (let length = 0; length <= 300; length++) {
        const data = bytesOf(length, length)
        expect(hash.digest(unaligned(data)), `${length} bytes`).toEqual(reference.digest(data))
      }
      for (const length of [16383, 16384, 16385, 70_000, 300_001]) {
        const data = bytesOf(length, length)
        expect(hash.digest(data), `${length} bytes`).toEqual(reference.digest(data))
      }
    })
    it('streams at every split', () => {
      const data = bytesOf(2 * hash.blockLength + 9, 1)
      const digest = hash.digest(data)
      for (let cut = 0; cut <= data.length; cut++) {
        const { length } = data
        const middle = Math.min(length, cut + 5)
        const stream = hash.stream().update(data.subarray(0, cut)).update(data.subarray(cut, middle))
        expect(stream.update(data.subarray(middle)).digest(), `cut at ${cut}`).toEqual(digest)
      }
    })
    it('streams large pieces', () => {
      const data = bytesOf(100_003, 2)
      const stream = hash.stream()
      for (let at = 0; at < data.length; at += 33_001) stream.update(data.subarray(at, at + 33_001))
      expect(stream.digest()).toEqual(reference.digest(data))
    })
    it('keeps streams apart from each other and from single calls', () => {
      const [a, b] = [bytesOf(500, 3), bytesOf(700, 4)]
      const [first, second, dropped] = [hash.stream(), hash.stream(), hash.stream()]
      for (let at = 0; at < 700; at += 37) {
        first.update(a.subarray(at, at + 37))
        dropped.update(b)
        expect(hash.digest(a.subarray(0, at))).toEqual(reference.digest(a.subarray(0, at)))
        second.update(b.subarray(at, at + 37))
      }
      dropped.wipe()
      expect(second.digest()).toEqual(reference.digest(b))
      expect(first.digest()).toEqual(reference.digest(a))
    })
    it('ends a stream with digest and with wipe', () => {
      const digested = hash.stream().update(bytesOf(10, 5))
      digested.digest()
      const wiped = hash.stream().update(bytesOf(10, 6))
      wiped.wipe()
      wiped.wipe()
      for (const ended of [digested, wiped]) {
        expect(() => ended.update(bytesOf(1, 7))).toThrow(failure('UsageError', 'wiped-secret'))
        expect(() => ended.digest()).toThrow(failure('UsageError', 'wiped-secret'))
      }
    })
    for (const count of COUNTS) {
      it(`digests ${count} items as single calls do`, () => {
        const lists = [
          fixedList(count, 64, 8),
          fixedList(count, 33, 9),
          mixedList(count, 10),
          sliced(mixedList(count, 11)),
        ]
        for (const list of lists) {
          expect(hash.digestMany(list)).toEqual(joined([...list].map(item => reference.digest(item))))
        }
      })
    }
    it('digests many large items, and items from tiny to large', () => {
      const list = ByteList.of([0, 1, 5000, 64, 120_000, 3, 17_000, 17_000].map(length => bytesOf(length, length)))
      expect(hash.digestMany(list)).toEqual(joined([...list].map(item => reference.digest(item))))
    })
    it('changes no input and returns arrays of its own', () => {
      const data = bytesOf(200, 12)
      expectPure([data], () => hash.digest(data))
      expectPure([data], () => hash.stream().update(data).digest())
      expectPure([data], () => hash.digestMany(ByteList.fixed(data, 20)))
    })
  })
}
