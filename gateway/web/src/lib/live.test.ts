import { describe, expect, it } from 'vitest'

import { areFew, biasOf, lackOf, verdictOf } from './live'

describe('verdictOf', () => {
  it('says how far the cars that are asked about lie from those learnt from', () => {
    expect([0, 0.099, 0.1, 0.2, 0.201, 3].map(verdictOf)).toEqual(['stable', 'stable', 'shifted', 'shifted', 'other', 'other'])
  })

  it('says nothing without an index', () => {
    expect(verdictOf(null)).toBeNull()
  })
})

describe('lackOf', () => {
  it('is the card’s where there is nothing to measure against', () => {
    expect(lackOf({ against: null })).toBe('notInCard')
    expect(lackOf({ against: 'the card’s distribution' })).toBe('tooFew')
  })
})

describe('biasOf', () => {
  it('has no direction where nothing of it is shown', () => {
    expect([-3, -0.04, 0, 0.04, 0.06].map(biasOf)).toEqual(['less', 'none', 'none', 'none', 'more'])
  })
})

describe('areFew', () => {
  it('doubts figures of a handful of sales', () => {
    expect(areFew({ sales: 29 })).toBe(true)
    expect(areFew({ sales: 30 })).toBe(false)
  })
})
