import { describe, expect, it } from 'vitest'

import { commandOf, neighbour, standing, weightsOf } from './evidence'

const ours = { price_eur: 10_000, low_eur: 9_000, high_eur: 11_000, confidence: 'high' as const, version: '1', as_of: '2026-01-01' }

describe('standing', () => {
  it('is where the price lies against the range', () => {
    expect(standing(8_999, ours)).toBe('below')
    expect(standing(9_000, ours)).toBe('inside')
    expect(standing(11_001, ours)).toBe('above')
  })

  it('is unknown without a price or a range', () => {
    expect(standing(null, ours)).toBeNull()
    expect(standing(10_000, null)).toBeNull()
    expect(standing(10_000, { ...ours, low_eur: null })).toBeNull()
  })
})

describe('weightsOf', () => {
  const report = { kind: 'report', price_kind: 'sale', trust: 0.5, record: { accepted: 1, rejected: 0 } } as const

  it('goes up to one for whoever is known', () => {
    expect(weightsOf(report)).toEqual([1, 0.75, 0.5, 0.25])
  })

  it('goes no higher than usual for what nobody in particular said', () => {
    expect(weightsOf({ ...report, record: null })).toEqual([0.5, 0.25])
    expect(weightsOf({ ...report, kind: 'sale', record: null })).toEqual([1, 0.75, 0.5, 0.25])
  })

  it('has what it weighs now among them', () => {
    expect(weightsOf({ ...report, trust: 0.6 })).toEqual([1, 0.75, 0.6, 0.5, 0.25])
  })

  it('is nothing where training reads nothing', () => {
    expect(weightsOf({ ...report, price_kind: 'opinion' })).toEqual([])
    expect(weightsOf({ ...report, price_kind: null })).toEqual([])
  })
})

describe('commandOf', () => {
  const press = (key: string, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more })

  it('knows its four letters', () => {
    expect(['j', 'k', 'A', 'r', 'x'].map((key) => commandOf(press(key), false))).toEqual(['next', 'previous', 'accept', 'reject', null])
  })

  it('leaves typing and the browser alone', () => {
    expect(commandOf(press('a'), true)).toBeNull()
    expect(commandOf(press('r', { ctrlKey: true }), false)).toBeNull()
  })
})

describe('neighbour', () => {
  it('is the one below, at the end the one above', () => {
    expect(neighbour(['a', 'b', 'c'], 'b')).toBe('c')
    expect(neighbour(['a', 'b'], 'b')).toBe('a')
    expect(neighbour(['a'], 'a')).toBeNull()
  })
})
