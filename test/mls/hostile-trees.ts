/** What tests of hostile trees share: a group, and plans of trees of eight. */
import { utf8 } from '../../src/base/bytes.ts'
import { RejectedError } from '../../src/base/errors.ts'
import { defaultProvider } from '../../src/crypto/default-provider.ts'
import { fullPlan, type Plan } from './forge.ts'

export const suite = defaultProvider().suite(1)
export const groupId = utf8('group')
export const group = { version: 1, cipherSuite: 1, extensionTypes: [], required: undefined }

/** What is said to a tree that is refused. */
export function refusal(body: () => unknown): Record<string, unknown> | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error
    return { code: error.code, ...error.details }
  }
}

export const eight = fullPlan(8)

/** The plan without some nodes. */
export const without = (plan: Plan, nodes: readonly number[]): Plan => {
  const left = (from: object, gone: readonly number[]) =>
    Object.fromEntries(Object.entries(from).filter(([at]) => !gone.includes(Number(at))))
  const leaves = nodes.filter(node => node % 2 === 0).map(node => node / 2)
  return { ...plan, members: left(plan.members, leaves), parents: left(plan.parents, nodes) }
}
