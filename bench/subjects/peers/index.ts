/** All peers of the benchmarks of groups. */
import type { GroupSubjectLoader } from '../group-subject.ts'
import { loadCoreCrypto } from './core-crypto.ts'
import { loadMlsTs } from './mls-ts.ts'
import { loadTsMls } from './ts-mls.ts'
import { loadTsMlsNext } from './ts-mls-next.ts'

export const PEERS: readonly GroupSubjectLoader[] = [loadTsMls, loadTsMlsNext, loadCoreCrypto, loadMlsTs]
