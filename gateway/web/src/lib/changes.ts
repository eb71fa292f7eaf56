import type { Valuation } from '../api/types'
import { buildWaterfall } from './waterfall'

/** What raises and what lowers a price against the typical car, the strongest first; less than a euro is neither. */
export function raisingAndLowering({ base_eur, contributions }: Pick<Valuation, 'base_eur' | 'contributions'>) {
  const strongest = [...buildWaterfall(base_eur, contributions).steps].sort((a, b) => Math.abs(b.shownEur) - Math.abs(a.shownEur))
  return {
    raising: strongest.filter(({ shownEur }) => shownEur > 0),
    lowering: strongest.filter(({ shownEur }) => shownEur < 0),
  }
}
