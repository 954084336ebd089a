/** The protocols that every test of this room runs. */
import { art, cliques, type GroupProtocol, pairwise, senderKeys, treeKem } from '../../src/compare/index.ts'

// each protocol's state is its own affair: the tests never look into it
export const PROTOCOLS = [treeKem, art, cliques, pairwise, senderKeys] as unknown as readonly GroupProtocol<unknown>[]
