import { describe, expect, it } from 'vitest'

import type { Contribution } from '../api/types'
import { buildWaterfall } from './waterfall'

const effect = (effect_eur: number): Contribution => ({
  feature: 'age_years',
  label: 'Age',
  value: '4.9 years',
  typical: '6.0 years',
  effect_eur,
  effect_percent: effect_eur / 100,
})

describe('buildWaterfall', () => {
  it('shows whole euros that add up to the shown price', () => {
    const effects = [0.4, 0.4, 0.4, -1200.6, 310.49, 77.5]
    const base = 14000.3
    const shown = buildWaterfall(base, effects.map(effect)).steps.map((step) => step.shownEur)
    const price = base + effects.reduce((sum, value) => sum + value, 0)
    expect(Math.round(base) + shown.reduce((sum, value) => sum + value, 0)).toBe(Math.round(price))
  })

  it('never shows an effect with the opposite sign', () => {
    const { steps } = buildWaterfall(100.5, [-0.2, 0.3, -0.6].map(effect))
    for (const step of steps) {
      expect(step.shownEur * step.contribution.effect_eur).toBeGreaterThanOrEqual(0)
    }
  })

  it('starts each bar where the last one ended', () => {
    const chart = buildWaterfall(10000, [500, -800].map(effect))
    expect(chart.steps[0]?.from).toBe(chart.base)
    expect(chart.steps[1]?.from).toBe(chart.steps[0]?.to)
    expect(chart.steps[1]?.to).toBe(chart.price)
  })

  it('draws a car that is the typical one', () => {
    const chart = buildWaterfall(10000, [effect(0)])
    expect(chart.base).toBe(chart.price)
  })
})
