import { describe, expect, it } from 'vitest'

import type { CoefficientPoint, FeatureCoefficients, Filters } from '../api/types'
import { effectInWords, levelsOf, scaleFor, scaleOfBars, seenSpan, seenWords } from './effects'
import { format } from './format'

const point = (value: string | number, effect_eur: number | null, effect_percent: number): CoefficientPoint => ({
  value,
  label: String(value),
  effect_eur,
  effect_percent,
})
const feature = (name: string, points: CoefficientPoint[]): FeatureCoefficients => ({
  feature: name,
  label: name,
  unit: name === 'power_hp' ? 'hp' : null,
  kind: 'levels',
  points,
})
const seen = (...values: string[]) => values.map((value) => ({ value, label: value, listings: 7, on_offer: 1 }))

describe('effectInWords', () => {
  it('tells euros and their share, or the share alone', () => {
    expect(effectInWords(point('diesel', 400, 3.2))).toBe(`${format.signedEuros(400)} (+3.2%)`)
    expect(effectInWords(point('diesel', null, -3.2))).toBe('−3.2%')
  })
})

describe('scaleFor', () => {
  it('shows power in the unit of the reader, and all else in its own', () => {
    const kilowatts = scaleFor(feature('power_hp', []), 'kw')
    expect([kilowatts.unit, Math.round(kilowatts.convert(110))]).toEqual(['kW', 81])
    expect(scaleFor({ ...feature('mileage_km', []), unit: 'km' }, 'kw').convert(110)).toBe(110)
  })
})

describe('seen', () => {
  const filters = { power_hp: { min: 85, max: 320 }, fuels: seen('petrol') } as unknown as Filters

  it('knows spans and words of the listings, and nothing without them', () => {
    expect(seenSpan(filters, 'power_hp')).toEqual({ min: 85, max: 320 })
    expect(seenWords(filters, 'fuel')).toEqual(seen('petrol'))
    expect(seenSpan(null, 'power_hp')).toBeNull()
    expect(seenWords(filters, 'a feature to come')).toBeNull()
  })
})

describe('levelsOf', () => {
  const fuel = feature('fuel', [point('cng', -300, -2), point('diesel', 500, 4), point('hydrogen', 900, 7), point('petrol', 0, 0)])

  it('goes from dear to cheap, through what was seen', () => {
    const levels = levelsOf(fuel, 'petrol', seen('diesel', 'cng', 'petrol'))
    expect(levels.map((level) => level.point.value)).toEqual(['diesel', 'petrol', 'cng'])
    expect(levels.map((level) => level.isTypical)).toEqual([false, true, false])
    expect(levels.every((level) => level.listings === 7)).toBe(true)
  })

  it('shows every word where nothing is known of listings, and always the typical one', () => {
    expect(levelsOf(fuel, 'petrol', null)).toHaveLength(4)
    expect(levelsOf(fuel, 'petrol', []).map((level) => level.point.value)).toEqual(['petrol'])
  })

})

describe('scaleOfBars', () => {
  it('holds nothing and the effects of all features', () => {
    const fuel = levelsOf(feature('fuel', [point('diesel', 500, 4)]), 'diesel', null)
    const gearbox = levelsOf(feature('gearbox', [point('manual', -1500, -9)]), 'manual', null)
    expect(scaleOfBars([fuel, gearbox])).toEqual({ min: -1580, max: 580 })
    expect(scaleOfBars([fuel]).min).toBeLessThan(0)
  })

  it('is a scale where nothing has an effect', () => {
    const { min, max } = scaleOfBars([levelsOf(feature('gearbox', [point('manual', 0, 0)]), 'manual', null)])
    expect(max).toBeGreaterThan(min)
  })
})
