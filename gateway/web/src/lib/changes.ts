import type { Contribution } from '../api/types'

/** What raises and what lowers a price against the typical car, the strongest first; less than a euro is neither. */
export function raisingAndLowering(contributions: readonly Contribution[]) {
  const strongest = [...contributions].sort((a, b) => Math.abs(b.effect_eur) - Math.abs(a.effect_eur))
  return {
    raising: strongest.filter(({ effect_eur }) => Math.round(effect_eur) > 0),
    lowering: strongest.filter(({ effect_eur }) => Math.round(effect_eur) < 0),
  }
}
