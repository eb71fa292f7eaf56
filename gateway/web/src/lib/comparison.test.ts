import { describe, expect, it } from 'vitest'

import { difference, labelsOf, partings, verdict } from './comparison'

const pair = (value: number | null, other: number | null) => ({
  value,
  other,
  difference: value === null || other === null ? null : value - other,
})

describe('verdict', () => {
  it('is for smaller errors and larger R²', () => {
    expect(verdict('mae_eur', pair(900, 1000), 90)).toBe('better')
    expect(verdict('mae_eur', pair(1000, 900), 90)).toBe('worse')
    expect(verdict('r2', pair(0.95, 0.9), 90)).toBe('better')
  })

  it('is for shares near what was promised, and bias near none', () => {
    expect(verdict('coverage_percent', pair(90.5, 93), 90)).toBe('better')
    expect(verdict('coverage_percent', pair(93, 90.5), 90)).toBe('worse')
    expect(verdict('bias_percent', pair(-0.2, 0.5), 90)).toBe('better')
  })

  it('sees no difference where none is shown', () => {
    expect(verdict('mdape_percent', pair(8.01, 8.04), 90)).toBe('same')
    expect(verdict('coverage_percent', pair(89, 91), 90)).toBe('same')
  })

  it('says nothing of what one of them does not have', () => {
    expect(verdict('mae_up_to_100k_eur', pair(900, null), 90)).toBeNull()
  })
})

describe('difference', () => {
  it('has its sign and its unit', () => {
    expect(difference('mae_eur', -25)).toContain('−')
    expect(difference('r2', 0.014)).toBe('+0.01')
    expect(difference('mdape_percent', -0.25)).toMatch(/^−0\.[23]$/)
  })
})

describe('partings', () => {
  it('leaves out what has one part alone', () => {
    const of = (by: string) => ({ by, from: null, to: null, word: null, rows: pair(1, 1), figures: [] })
    expect(partings([of('fuel'), of('fuel'), of('price_kind'), of('age_years'), of('age_years')])).toEqual(['fuel', 'age_years'])
  })
})

describe('labelsOf', () => {
  it('finds a word of a feature', () => {
    const points = [{ at: 'petrol', label: 'Petrol', value: 0, other: 0, difference: 0 }]
    expect(labelsOf([{ feature: 'fuel', label: 'Fuel', reference: 'petrol', points }]).get('fuel petrol')).toBe('Petrol')
  })
})
