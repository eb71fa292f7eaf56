import { describe, expect, it } from 'vitest'

import type { Car } from '../api/types'
import { driftOf, valueOf } from './stock'

const worth = { price: 10_000, low: 9_000, high: 11_000 }
const car = (id: string, price: number | null) => ({ id, price_eur: price }) as Car

describe('driftOf', () => {
  it('is how far an asking price lies outside the range', () => {
    expect(driftOf(12_000, worth)).toBeCloseTo(0.2)
    expect(driftOf(8_000, worth)).toBeCloseTo(-0.2)
    expect([driftOf(11_000, worth), driftOf(null, worth), driftOf(1, null)]).toEqual([null, null, null])
  })
})

describe('valueOf', () => {
  it('adds up what has a price, counts what has none, and lists what drifted, the farthest first', () => {
    const cars = [car('fair', 10_500), car('high', 11_500), car('low', 5_000), car('odd', 7_000)]
    const value = valueOf(cars, new Map([['fair', worth], ['high', worth], ['low', worth], ['odd', null]]))
    expect(value).toMatchObject({ cars: 4, worth: 30_000, asked: 27_000, unpriced: 1 })
    expect(value.drifted.map(({ car: { id } }) => id)).toEqual(['low', 'high'])
  })

  it('is nothing of nothing', () => {
    expect(valueOf([], new Map())).toEqual({ cars: 0, worth: 0, asked: 0, unpriced: 0, drifted: [] })
  })
})
