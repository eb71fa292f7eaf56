import type { Contribution } from '../api/types'

export interface WaterfallStep {
  contribution: Contribution
  /** Whole euros, chosen so that the shown base plus the shown effects is the shown price. */
  shownEur: number
  /** Ends of the bar in per cent of the chart's width, in the direction of the effect. */
  from: number
  to: number
}

export interface Waterfall {
  base: number
  price: number
  steps: WaterfallStep[]
}

const MARGIN = 0.06

export function buildWaterfall(baseEur: number, contributions: readonly Contribution[]): Waterfall {
  const totals = [baseEur]
  for (const { effect_eur } of contributions) totals.push((totals.at(-1) ?? 0) + effect_eur)

  const lowest = Math.min(...totals)
  const width = Math.max(Math.max(...totals) - lowest, 1)
  const place = (total: number) => ((total - lowest) / width) * (1 - 2 * MARGIN) * 100 + MARGIN * 100

  const steps = contributions.map((contribution, index) => {
    const before = totals[index] ?? baseEur
    const after = totals[index + 1] ?? before
    return {
      contribution,
      shownEur: Math.round(after) - Math.round(before),
      from: place(before),
      to: place(after),
    }
  })

  return { base: place(baseEur), price: place(totals.at(-1) ?? baseEur), steps }
}
