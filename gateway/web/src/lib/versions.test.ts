import { describe, expect, it } from 'vitest'

import type { Figures, Version } from '../api/types'
import { firstPair, historyOf, pairOf, spanOfHistory, spread } from './versions'

const version = (name: string, mae: number | null, served = false): Version => ({
  version: name,
  published_at: '2026-01-01T00:00:00Z',
  served,
  market_as_of: null,
  synthetic: null,
  figures: mae === null ? null : ({ mae_eur: mae } as Figures),
})
const newestFirst = [version('3', 900), version('2', null, true), version('1', 1000)]

describe('historyOf', () => {
  it('begins with the oldest, and leaves out versions that have no figures', () => {
    expect(historyOf(newestFirst, 'mae_eur')).toEqual([
      { version: '1', x: 0, y: 1000 },
      { version: '3', x: 1, y: 900 },
    ])
  })

  it('leaves out a figure that a version does not have', () => {
    expect(historyOf(newestFirst, 'mae_up_to_100k_eur')).toEqual([])
  })
})

describe('spanOfHistory', () => {
  it('holds all values, and shows a small change as small', () => {
    const { min, max } = spanOfHistory([1000, 1001])
    expect(min).toBeLessThan(960)
    expect(max).toBeGreaterThan(1040)
    const wide = spanOfHistory([1000, 2000])
    expect(wide.min).toBeLessThan(1000)
    expect(wide.max).toBeGreaterThan(2000)
  })
})

describe('spread', () => {
  it('keeps the first and the last', () => {
    expect(spread([1, 2, 3], 4)).toEqual([1, 2, 3])
    expect(spread([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7])
  })
})

describe('pairOf', () => {
  it('is the newer and the older of exactly two', () => {
    expect(pairOf(newestFirst, new Set(['1', '3']))).toEqual(['3', '1'])
    expect(pairOf(newestFirst, new Set(['1']))).toBeNull()
    expect(pairOf(newestFirst, new Set(['1', '2', '3']))).toBeNull()
  })
})

describe('firstPair', () => {
  it('is the one that prices now and the newest other one', () => {
    expect(firstPair(newestFirst)).toEqual(['3', '2'])
    expect(firstPair(newestFirst.slice(0, 1))).toBeNull()
  })
})
