/** Vectors of our own in the formats of the working group: the same bytes for the same seed. */
import * as basics from './basics.ts'
import * as groups from './groups.ts'
import { Maker, type VectorCase } from './maker.ts'
import * as trees from './trees.ts'

type Generator = (maker: Maker) => VectorCase[]

const GENERATORS: Readonly<Record<string, Generator>> = {
  'crypto-basics': basics.cryptoBasics,
  'key-schedule': basics.keySchedule,
  'message-protection': groups.messageProtection,
  messages: groups.messages,
  'passive-client-handling-commit': groups.passiveCommits,
  'passive-client-random': groups.passiveRandom,
  'passive-client-welcome': groups.passiveWelcome,
  psk_secret: basics.pskSecrets,
  'secret-tree': basics.secretTrees,
  'transcript-hashes': basics.transcriptHashes,
  'tree-operations': trees.treeOperations,
  'tree-validation': trees.treeValidation,
  treekem: trees.treekem,
  welcome: groups.welcomes,
}
const WITHOUT_SUITE: Readonly<Record<string, () => VectorCase[]>> = {
  deserialization: basics.lengths,
  'tree-math': basics.treeMath,
}

/** The files that are written, in their order. */
export const GENERATED = [...Object.keys(GENERATORS), ...Object.keys(WITHOUT_SUITE)].sort()

/** The cases of one kind. A suite's cases do not depend on which others there are. `step` is called after each suite. */
export function generateKind(
  kind: string,
  { seed, suites }: { readonly seed: string; readonly suites: readonly number[] },
  step: () => void = () => {},
): VectorCase[] {
  const generator = GENERATORS[kind]
  if (generator === undefined) return WITHOUT_SUITE[kind]!()
  return suites.flatMap(suite => {
    const cases = generator(new Maker(`${seed} ${kind} ${suite}`, suite))
    step()
    return cases
  })
}
