/** The protocols that every test of this room runs. */
import {
  art,
  type CostFormulas,
  cliques,
  FORMULAS,
  type GroupProtocol,
  historicalSmmp,
  pairwise,
  senderKeys,
  smmp,
  treeKem,
} from '../../src/compare/index.ts'
import { STAR_FORMULAS, star } from './star.ts'

// each protocol's state is its own affair: the tests never look into it
const ALL = [treeKem, art, cliques, pairwise, senderKeys, smmp, historicalSmmp({ unsafeHistorical: true }), star]
export const PROTOCOLS = ALL as unknown as readonly GroupProtocol<unknown>[]

export const formulasOf = (name: string): CostFormulas => (name === star.name ? STAR_FORMULAS : FORMULAS[name]!)
