/** What a rule's test asserts: the refusal, and by which rule. */
import { expect } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { CopathError } from '../../src/base/errors.ts'

/** What an error says, or undefined where none was thrown. Anything but our own errors is thrown on. */
export function refusal(body: () => unknown): Record<string, unknown> | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    if (!(error instanceof CopathError)) throw error
    return { class: error.name, code: error.code, ...error.details }
  }
}

/** A group, a follower or a client: whatever has a state that can be saved. */
export interface Saveable {
  save(): Uint8Array
}

/** What those concerned say to something that they refuse: to the byte, they are what they were before. */
export function refusedBy(concerned: Saveable | readonly Saveable[], body: () => unknown): ReturnType<typeof refusal> {
  const all = 'save' in concerned ? [concerned] : concerned
  const states = (): string[] => all.map(one => toHex(one.save()))
  const before = states()
  const why = refusal(body)
  if (why !== undefined) expect(states(), 'a refusal left a trace').toEqual(before)
  return why
}
