/** What holds for every encoding that was taken apart: nothing is missing between the parts. */
import { expect } from 'vitest'
import type { Annotation } from '../../src/codec/annotate.ts'

/** Sizes of parts and headers add up to the size of the whole, everywhere; the parts follow each other. */
export function expectComplete(at: Annotation): void {
  if (at.children.length === 0 || at.content.kind === 'bytes') {
    if (at.content.kind === 'struct') expect(at.end).toBe(at.start)
    return
  }
  let offset = at.start + at.header
  for (const child of at.children) {
    expect(child.start).toBe(offset)
    offset = child.end
    expectComplete(child)
  }
  expect(offset).toBe(at.end)
}
