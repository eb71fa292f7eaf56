import { describe, expect, it } from 'vitest'

import { placeOnBand } from './range'

describe('placeOnBand', () => {
  it('keeps the order of the prices and stays within the band', () => {
    const places = placeOnBand(13000, 15000, 17500, null)
    expect(places.low).toBeGreaterThan(0)
    expect(places.price).toBeGreaterThan(places.low)
    expect(places.high).toBeGreaterThan(places.price)
    expect(places.high).toBeLessThan(100)
    expect(places.asked).toBeNull()
  })

  it('widens for an asking price outside the range', () => {
    const places = placeOnBand(13000, 15000, 17000, 19000)
    expect(places.asked).toBeGreaterThan(places.high)
    expect(places.asked).toBeLessThan(100)
    expect(places.askedBeyond).toBeNull()
  })

  it('draws a far asking price at the end and says so', () => {
    expect(placeOnBand(13000, 15000, 17000, 90000).askedBeyond).toBe('above')
    expect(placeOnBand(13000, 15000, 17000, 500).askedBeyond).toBe('below')
    expect(placeOnBand(13000, 15000, 17000, 90000).asked).toBeLessThan(100)
  })

  it('survives a range of no width', () => {
    expect(placeOnBand(15000, 15000, 15000, 15000).price).toBeCloseTo(50)
  })
})
