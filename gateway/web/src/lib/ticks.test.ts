import { describe, expect, it } from 'vitest'

import { roundTicks } from './ticks'

describe('roundTicks', () => {
  it('counts in ones, twos or fives', () => {
    expect(roundTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10])
    expect(roundTicks(0, 300_000, 4)).toEqual([0, 100_000, 200_000, 300_000])
    expect(roundTicks(-7_400, 9_100, 4)).toEqual([-5_000, 0, 5_000])
  })

  it('stays between the ends', () => {
    expect(roundTicks(53.3, 343.3, 4)).toEqual([100, 200, 300])
    expect(roundTicks(5, 850, 4)).toEqual([200, 400, 600, 800])
  })

  it('has one tick for no width', () => {
    expect(roundTicks(5, 5, 4)).toEqual([5])
    expect(roundTicks(Number.NaN, 5, 4)).toHaveLength(1)
  })
})
