/** The protocols that every test of this room runs. */
import {
  art,
  cliques,
  type GroupProtocol,
  historicalSmmp,
  pairwise,
  senderKeys,
  smmp,
  treeKem,
} from '../../src/compare/index.ts'

// each protocol's state is its own affair: the tests never look into it
const ALL = [treeKem, art, cliques, pairwise, senderKeys, smmp, historicalSmmp({ unsafeHistorical: true })]
export const PROTOCOLS = ALL as unknown as readonly GroupProtocol<unknown>[]
