import { describe, expect, it } from 'vitest'

import type { Segment } from '../api/types'
import { place } from './curve'
import { format } from './format'
import { dimensionsOf, nameOf, scaleOf, type Measured } from './segments'

const figures = {
  rows: 50,
  mae_eur: [900, 800, 1000] as Measured,
  mdape_percent: [8, 7, 9] as Measured,
  bias_percent: [-1, -3, 1] as Measured,
  coverage_percent: [88, 80, 93] as Measured,
  mean_width_percent: [40, 39, 41] as Measured,
}
const band = (by: string, from: number, to: number | null): Segment => ({ by, from, to, ...figures })
const word = (by: string, name: string, label: string): Segment => ({ by, word: name, label, ...figures })

describe('dimensionsOf', () => {
  it('keeps the order of the card, and leaves out what has one part alone', () => {
    const segments = [
      band('price_eur', 0, 5000),
      band('price_eur', 5000, null),
      word('fuel', 'diesel', 'Diesel'),
      word('fuel', 'petrol', 'Petrol'),
      word('price_kind', 'asking', 'Asking'),
    ]
    expect(dimensionsOf(segments)).toEqual(['price_eur', 'fuel'])
  })

  it('has none of no segments', () => {
    expect(dimensionsOf([])).toEqual([])
  })
})

describe('nameOf', () => {
  it('writes words as the server labels them', () => {
    expect(nameOf(word('fuel', 'hybrid_petrol', 'Petrol hybrid'))).toBe('Petrol hybrid')
  })

  it.each<[string, number, number | null, string]>([
    ['price_eur', 0, 5000, `Below ${format.euros(5000)}`],
    ['price_eur', 5000, 10000, `${format.euros(5000)} to ${format.euros(10000)}`],
    ['age_years', 20, null, '20 and more'],
    ['listings of the model', 5, 20, '5 to 19'],
    ['a number to come', 1.5, 2, `${format.tenths(1.5)} to 2`],
  ])('writes the band of %s from %d to %d', (by, from, to, name) => {
    expect(nameOf(band(by, from, to))).toBe(name)
  })
})

describe('scaleOf', () => {
  it('draws errors from nothing', () => {
    expect(scaleOf('mdape_percent', [[8, 7, 9]], 7.5)).toEqual({ min: 0, max: 9 })
  })

  it('has no bias in the middle', () => {
    expect(place(0, scaleOf('bias_percent', [[-1, -3, 1]], 0))).toBe(50)
    expect(place(0, scaleOf('bias_percent', [[0, 0, 0]], 0))).toBe(50)
  })

  it('keeps the promise in sight of shares inside the range', () => {
    expect(scaleOf('coverage_percent', [[96, 94, 98]], 90)).toEqual({ min: 90, max: 100 })
  })
})
