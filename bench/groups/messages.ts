/** Application messages: encrypted and signed, decrypted and verified. */
import { equalPublic } from '../../src/base/bytes.ts'
import { median } from '../harness.ts'
import { countsOf, type Session, timed } from '../session.ts'
import { attempt, named, type Pair, pairsAtWork, Rows } from './guests.ts'

const LENGTHS = [
  ['32 B', 32],
  ['1 KiB', 1024],
] as const
const WARM_UP = 30

interface Exchange {
  readonly encryptMs: number
  readonly decryptMs: number
  readonly bytes: number
}

async function exchange({ a, b }: Pair, data: Uint8Array): Promise<Exchange> {
  const encrypted = await timed(() => a.encrypt(data))
  const decrypted = await timed(() => b.decrypt(encrypted.value))
  if (!equalPublic(decrypted.value, data)) throw new Error('what was decrypted is not what was encrypted')
  return { encryptMs: encrypted.ms, decryptMs: decrypted.ms, bytes: encrypted.value.length }
}

export async function messages(session: Session, suite: number, members: number): Promise<Rows> {
  const rows = new Rows()
  const pairs = (await pairsAtWork(session, suite, members)).filter(({ subject }) => subject.abilities.has('messages'))
  const [rounds, each] = session.profile === 'quick' ? [session.rounds(4), 20] : [session.rounds(12), 50]
  for (const [label, length] of LENGTHS) {
    const data = new Uint8Array(length).fill(7)
    const names = ['encrypt', 'decrypt'].map(step => named(`message of ${label}: ${step}`, suite))
    const rowsOf = (pair: Pair) => names.map(name => rows.row(name, members, pair.subject.name))
    for (const pair of pairs.filter(({ isCounted }) => isCounted)) {
      const [encrypt, decrypt] = rowsOf(pair)
      const encrypted = await countsOf(session.counting, () => pair.a.encrypt(data))
      const decrypted = await countsOf(session.counting, () => pair.b.decrypt(encrypted.value))
      encrypt!.counts = encrypted.counts
      decrypt!.counts = decrypted.counts
    }
    let playing = pairs.filter(({ isCounted }) => !isCounted)
    for (let round = 0; round < rounds; round++) {
      await session.step(`messages at ${members.toLocaleString('en')}, round ${round + 1} of ${rounds}`)
      for (const pair of [...playing]) {
        const done = await attempt(session, pair, `messages of ${label}`, async () => {
          for (let i = 0; round === 0 && i < WARM_UP; i++) await exchange(pair, data)
          const exchanges: Exchange[] = []
          for (let i = 0; i < each; i++) exchanges.push(await exchange(pair, data))
          return exchanges
        })
        if (done === undefined) {
          playing = playing.filter(other => other !== pair)
          continue
        }
        const [encrypt, decrypt] = rowsOf(pair)
        encrypt!.ms.push(median(done.map(({ encryptMs }) => encryptMs)))
        decrypt!.ms.push(median(done.map(({ decryptMs }) => decryptMs)))
        encrypt!.bytes = decrypt!.bytes = done[0]!.bytes
      }
    }
  }
  return rows
}
