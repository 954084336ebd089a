/** Snapshots and deltas from a disk that fails: everything but what was written is refused, and nothing crashes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import { type Codec, decode, encode, type ValueOf } from '../../../src/codec/codec.ts'
import { Group } from '../../../src/mls/group.ts'
import { SECRET_NAMES } from '../../../src/mls/key-schedule.ts'
import { eachRecord, type SavedRecord } from '../../../src/mls/saved/cursor.ts'
import { EpochPart, Place } from '../../../src/mls/saved/keys.ts'
import { mergeSaved } from '../../../src/mls/saved/merge.ts'
import { writeSnapshot } from '../../../src/mls/saved/records.ts'
import { SavedEpoch, SavedPending, type SavedSecrets } from '../../../src/mls/saved/structs.ts'
import { NOW, seededProvider, TestClient, TestGroup } from '../group-world.ts'
import { refusal } from '../rules.ts'

const suite = seededProvider(22).suite(1)
const clients = [1, 2, 3, 4].map(seed => new TestClient(suite, seed))
const config = { clock: () => NOW }
const world = TestGroup.of(clients)
const [alice, bob] = world.groups as [Group, Group]
world.say(bob, 'something')
const everything = alice.delta()
const snapshot = alice.save()
world.deliver(bob.propose({ type: 'update' }), bob)
const first = alice.delta()
alice.commit([{ type: 'remove', leaf: 2 }])
const second = alice.delta()
alice.accept()
const third = alice.delta()

function load(parts: { snapshot?: Uint8Array; deltas?: Uint8Array[] }): Group {
  return Group.load({ suite, signer: clients[0]!.signer, config, ...parts })
}

/** The digest of whatever bytes stand before it: an attacker can compute it as well. */
function resealed(bytes: Uint8Array): Uint8Array {
  const content = bytes.subarray(0, bytes.length - suite.hash.length)
  return concat(content, suite.hash.digest(content))
}

/** Changes some bytes, and cuts the end where `cut` is not zero. */
function changed(bytes: Uint8Array, changes: readonly [number, number][], cut: number): Uint8Array {
  const bad = bytes.slice(0, bytes.length - cut)
  for (const [at, value] of changes) if (at < bad.length) bad[at] = value
  return bad
}

describe('bytes that were not written', () => {
  it('are refused where one bit differs, wherever it is', () => {
    for (const [i, file] of [snapshot, first, second, third].entries()) {
      for (let at = 0; at < file.length; at += 3) {
        const bad = file.slice()
        bad[at]! ^= 1 << (at & 7)
        const deltas = [first, second, third].map((delta, j) => (j === i - 1 ? bad : delta))
        const found = refusal(() => load(i === 0 ? { snapshot: bad } : { snapshot, deltas }))
        expect(found).toMatchObject({ class: 'RejectedError', code: 'invalid-saved-state' })
      }
    }
  })

  it('are refused where they are cut short, extended, or of another kind', () => {
    for (let end = 0; end < snapshot.length; end += 7) {
      expect(refusal(() => load({ snapshot: snapshot.subarray(0, end) }))).toMatchObject({ class: 'RejectedError' })
    }
    for (const bad of [concat(snapshot, utf8('more')), first]) {
      expect(refusal(() => load({ snapshot: bad }))).toMatchObject({ code: 'invalid-saved-state' })
    }
    expect(refusal(() => load({ snapshot, deltas: [snapshot] }))).toMatchObject({ code: 'invalid-saved-state' })
  })

  it.each([
    ['a snapshot', snapshot, (bad: Uint8Array) => load({ snapshot: bad })],
    ['a delta', second, (bad: Uint8Array) => load({ snapshot, deltas: [first, bad] })],
  ] as const)(
    'are refused or mean something, without a crash, where somebody changes %s and its digest',
    (_, file, take) => {
      const change = fc.tuple(fc.nat(file.length - 33), fc.nat(255))
      const changes = fc.array(change, { minLength: 1, maxLength: 4 })
      fc.assert(
        fc.property(changes, fc.oneof(fc.constant(0), fc.nat(60)), (places, cut) => {
          // a change may be harmless, such as of a secret: what is taken must be usable, or fail with an error of ours
          refusal(() => {
            const loaded = take(resealed(changed(file, places, cut)))
            loaded.reject()
            loaded.commit([])
          })
        }),
        { numRuns: 400 },
      )
    },
  )
})

describe('a state of which a part is missing', () => {
  const waiting = load({ snapshot, deltas: [first, second] })
  const { mark, records } = mergeSaved(suite, { snapshot: waiting.save() })
  const all = [...eachRecord(records)].map(({ key, value }) => ({ key: key.slice(), value: value.slice() }))
  const loading = (some: readonly SavedRecord[]) =>
    refusal(() => load({ snapshot: writeSnapshot(suite.hash, { suite: suite.id, mark, records: some }) }))
  const refused = { class: 'RejectedError', code: 'invalid-saved-state' }

  /** The record without each of the secrets in it, one after the other. */
  function lacking<T extends { readonly secrets: ValueOf<typeof SavedSecrets> }>(record: SavedRecord, codec: Codec<T>) {
    const whole = decode(codec, record.value)
    return whole.secrets.flatMap((secret, i) =>
      secret === undefined ? [] : [encode(codec, { ...whole, secrets: whole.secrets.with(i, undefined) })],
    )
  }

  it('is refused without a secret that is used later, of the present epoch, a past one or a pending commit', () => {
    expect(loading(all)).toBeUndefined()
    const counts = all.flatMap(record => {
      const { key } = record
      const isEpoch = key[0] === Place.epoch && key[9] === EpochPart.core
      if (!isEpoch && key[0] !== Place.pending) return []
      const without = isEpoch ? lacking(record, SavedEpoch) : lacking(record, SavedPending)
      for (const value of without) {
        expect(loading(all.map(each => (each === record ? { key, value } : each)))).toMatchObject(refused)
      }
      return [without.length]
    })
    const { length } = SECRET_NAMES
    // the encryption secret is the root of the secret tree, and of a past epoch nothing else is kept but for what senders are read with
    expect(counts).toEqual([1, length - 1, length])
  })

  it.each([0, 1])('is refused without the secret tree of epoch %i', epoch => {
    const isTree = ({ key }: SavedRecord) =>
      key[0] === Place.epoch && key[8] === epoch && [EpochPart.subtree, EpochPart.ratchets].includes(key[9] as 3)
    expect(loading(all.filter(record => !isTree(record)))).toMatchObject(refused)
  })
})

describe('deltas', () => {
  it('lead to the state that they describe, whether from a snapshot or from the first of them', () => {
    const whole = toHex(alice.save())
    expect(toHex(load({ snapshot, deltas: [first, second, third] }).save())).toBe(whole)
    expect(toHex(load({ deltas: [everything, first, second, third] }).save())).toBe(whole)
    const pending = load({ snapshot, deltas: [first, second] })
    expect(pending.isPending).toBe(true)
    pending.accept()
    pending.delta()
    expect(toHex(pending.save())).toBe(whole)
  })

  it('are refused where one is missing, repeated, out of order, or of another group', () => {
    for (const deltas of [[second], [first, first], [second, first], [first, third], [first, second, second]]) {
      expect(refusal(() => load({ snapshot, deltas }))).toMatchObject({ code: 'delta-out-of-order' })
    }
    expect(refusal(() => load({ deltas: [first] }))).toMatchObject({ class: 'RejectedError' })
    bob.delta()
    bob.dropProposal(new Uint8Array(32))
    expect(refusal(() => load({ snapshot, deltas: [bob.delta()] }))).toMatchObject({ code: 'delta-out-of-order' })
  })
})
