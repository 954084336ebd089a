/** What callers hand over: code without types may pass anything, and is told what is expected instead of failing somewhere inside. */
import { UsageError } from './errors.ts'

/** The value, if it is right. */
export function checked<T>(value: T, isRight: boolean, expected: string): T {
  if (isRight) return value
  throw new UsageError('wrong-argument', { expected, got: typeof value })
}

/** An answer or a wish. A promise, which the type forbids and code without types does not, would be a yes. */
export function yesOrNo(answer: boolean): boolean {
  return checked(answer, typeof answer === 'boolean', 'a boolean, not a promise of one')
}

/** Something with fields. */
export function objectOf<T>(value: T): T {
  return checked(value, typeof value === 'object' && value !== null, 'an object')
}

/** A list. */
export function arrayOf<T>(value: readonly T[]): readonly T[] {
  return checked(value, Array.isArray(value), 'an array')
}

/** The number of a leaf that there may be. */
export function leafOf(value: number): number {
  return checked(value, Number.isInteger(value) && value >= 0 && value < 2 ** 32, 'the number of a leaf')
}

/** Something that can be called. */
export function functionOf<T extends (...args: never[]) => unknown>(value: T): T {
  return checked(value, typeof value === 'function', 'a function')
}
