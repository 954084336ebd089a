/** What a rule's test asserts: the refusal, and by which rule. */
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
