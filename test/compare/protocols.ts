/** The protocols that every test of this room runs. */
import { art, type GroupProtocol, pairwise, treeKem } from '../../src/compare/index.ts'

// each protocol's state is its own affair: the tests never look into it
export const PROTOCOLS = [treeKem, art, pairwise] as unknown as readonly GroupProtocol<unknown>[]
