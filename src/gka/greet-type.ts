/** mpENC section 5.2.3: the type of a greeting packet, which repeats what its records say. */
import { RejectedError } from '../base/errors.ts'

/** The operations that change a session. */
export type Operation = 'start' | 'include' | 'exclude' | 'refresh'

/** What a packet is, as far as its records tell. */
export interface GreetFacts {
  /** To everybody, and not to one member on the way up. */
  readonly down: boolean
  /** With intermediate keys. */
  readonly agreement: boolean
  /** With nonces and signature keys, or with a confirmation of them. */
  readonly signatureKeys: boolean
  /** The first packet of its operation. */
  readonly initial: boolean
}

const AUXILIARY = 1
const DOWN = 2
const AGREEMENT = 4
const SIGNATURE_KEYS = 8
const INITIAL = 0x80
const OPERATIONS: readonly (Operation | undefined)[] = [undefined, 'start', 'include', 'exclude', 'refresh']
// as in the reference; the last two only where refreshes are confirmed
const LEGAL = new Set([0x9c, 0x1c, 0x1e, 0x1a, 0xad, 0x2d, 0x2f, 0x2b, 0xbf, 0x3b, 0xc7, 0xcf, 0x4b])

/** The number of a packet with these records. */
export function greetTypeOf(operation: Operation, facts: GreetFacts): number {
  let type = OPERATIONS.indexOf(operation) << 4
  if (operation !== 'start') type |= AUXILIARY
  if (facts.down) type |= DOWN
  if (facts.agreement) type |= AGREEMENT
  if (facts.signatureKeys) type |= SIGNATURE_KEYS
  return facts.initial ? type | INITIAL : type
}

/** The operation of a packet, whose number must be the one that its records give. */
export function operationOf(type: number, facts: GreetFacts): Operation {
  const operation = OPERATIONS[(type >> 4) & 7]
  if (operation === undefined || !LEGAL.has(type)) throw new RejectedError('unknown-value', { greetType: type })
  if (greetTypeOf(operation, facts) !== type) throw new RejectedError('contradicting-type', { greetType: type })
  return operation
}
