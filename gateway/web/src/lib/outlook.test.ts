import { describe, expect, it } from 'vitest'

import { aged, kmAYear, mileagesAround, reach, sureSpan, yearsAhead } from './outlook'

const golf = {
  make: 'Volkswagen', model: 'Golf', fuel: 'petrol', gearbox: 'manual', offer_type: 'new',
  first_registration: '2021-05', mileage_km: 60_000, power_hp: 110,
}

describe('aged', () => {
  it('registers the car earlier, drives it further and makes it a used one', () => {
    expect(aged(golf, 3, 12_000)).toEqual({ ...golf, offer_type: 'used', first_registration: '2018-05', mileage_km: 96_000 })
  })

  it('leaves the car of today as it is', () => {
    expect(aged(golf, 0, 12_000)).toEqual(golf)
  })

  it('takes a year without a month', () => {
    expect(aged({ ...golf, first_registration: '2021' }, 1, 0).first_registration).toBe('2020')
  })
})

describe('kmAYear', () => {
  it('is what the car was driven so far, in thousands', () => {
    expect(kmAYear(60_000, 5.1)).toBe(12_000)
  })

  it('stays within what is driven at all, and is usual for a car that is new', () => {
    expect(kmAYear(300_000, 2)).toBe(40_000)
    expect(kmAYear(1_000, 10)).toBe(5_000)
    expect(kmAYear(8_000, 0.2)).toBe(15_000)
  })
})

describe('yearsAhead', () => {
  it('is five years where such cars were seen', () => {
    expect(yearsAhead(5, { min: 0, max: 20 })).toEqual([0, 1, 2, 3, 4, 5])
    expect(yearsAhead(5, null)).toHaveLength(6)
  })

  it('ends with the oldest that were seen, and never before today', () => {
    expect(yearsAhead(5, { min: 0, max: 6 })).toEqual([0, 1, 2])
    expect(yearsAhead(30, { min: 0, max: 6 })).toEqual([0])
  })
})

describe('mileagesAround', () => {
  it('holds round numbers and the car’s own', () => {
    expect(mileagesAround(61_000, { min: 10, max: 400_000 })).toEqual([20_000, 40_000, 60_000, 61_000, 80_000, 100_000, 120_000, 140_000, 160_000])
  })

  it('does not leave what was seen', () => {
    expect(mileagesAround(60_000, { min: 0, max: 70_000 }).at(-1)).toBeLessThanOrEqual(70_000)
    expect(mileagesAround(900_000, { min: 0, max: 70_000 })).toEqual([900_000])
  })
})

describe('reach', () => {
  it('holds the car’s own value, however far out', () => {
    expect(reach(450_000, { min: 10, max: 300_000 }, 1000)).toEqual({ min: 0, max: 450_000 })
    expect(reach(110, { min: 86, max: 299.5 }, 1)).toEqual({ min: 86, max: 300 })
  })
})

describe('sureSpan', () => {
  it('spans the points that are sure, if any is', () => {
    expect(sureSpan([{ x: 0, sure: true }, { x: 1, sure: true }, { x: 2, sure: false }])).toEqual({ min: 0, max: 1 })
    expect(sureSpan([{ x: 0, sure: false }])).toBeNull()
  })
})
