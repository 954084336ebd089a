/** CLIQUES with 1000 members, all of them real: 501,499 multiplications. Usage, after a build: node test/long/cliques-1000.mjs [members] */
import { setFlagsFromString } from 'node:v8'

if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd')
const { countOperations, createProvider } = await import('../../dist/crypto/index.js')
const { CliquesMember, createGkaSuite } = await import('../../dist/gka/index.js')

const n = Number(process.argv[2] ?? 1000)
const counting = countOperations(createProvider())
const suite = createGkaSuite(counting)
const names = Array.from({ length: n }, (_, i) => `member ${i}`)
const members = names.map(id => new CliquesMember(suite, id, { maxMembers: n }))

function expectEqual(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what}: ${got} instead of ${wanted}`)
}

const start = performance.now()
let points = 0
let sent
const { dh, base } = counting.during(() => {
  sent = members[0].start(names.slice(1))
  for (const member of members.slice(1)) {
    points += sent.points.length
    sent = member.joinUpflow(sent)
  }
  points += sent.points.length
  for (const member of members.slice(0, -1)) member.receive(sent, names[0])
})
const seconds = (performance.now() - start) / 1000
expectEqual('multiplications', dh + base, (n * (n + 1)) / 2 + n - 1)
expectEqual('points', points, ((n - 1) * (n + 2)) / 2 + n)
const keys = new Set(members.map(({ groupKey }) => Buffer.from(groupKey).toString('hex')))
expectEqual('keys', keys.size, 1)
console.log(`${n} members: ${dh + base} multiplications, ${points} points, ${seconds.toFixed(1)} s`)
