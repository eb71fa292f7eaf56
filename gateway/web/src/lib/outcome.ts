import type { Valuation } from '../api/types'
import type { Trouble } from './trouble'

/** What became of the last request for a price. */
export type Outcome = { kind: 'none' } | { kind: 'priced'; valuation: Valuation } | Trouble
