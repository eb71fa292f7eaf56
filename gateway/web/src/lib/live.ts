import type { LiveVersion } from '../api/types'

export type LiveInput = LiveVersion['inputs'][number]

/** Of fewer sales the figures are more of chance than of the version. */
const FEW_SALES = 30
/** From SHIFTED on these are other cars, and the alarm InputsDrifted rings. */
const STABLE = 0.1
const SHIFTED = 0.2

export const areFew = ({ sales }: Pick<LiveVersion['sales'], 'sales'>): boolean => sales < FEW_SALES

/** What a stability index says; none while there is no index. */
export function verdictOf(psi: number | null): 'stable' | 'shifted' | 'other' | null {
  if (psi === null) return null
  if (psi < STABLE) return 'stable'
  return psi <= SHIFTED ? 'shifted' : 'other'
}

/** Why there is no index: the version's card has nothing to measure against, or too few were asked about. */
export const lackOf = ({ against }: Pick<LiveInput, 'against'>): 'notInCard' | 'tooFew' => (against === null ? 'notInCard' : 'tooFew')

/** Which way the sales lie, to a tenth of a per cent as it is shown. */
export function biasOf(percent: number): 'more' | 'less' | 'none' {
  if (Math.abs(percent) < 0.05) return 'none'
  return percent > 0 ? 'more' : 'less'
}
