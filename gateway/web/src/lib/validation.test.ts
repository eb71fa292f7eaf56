import { describe, expect, it } from 'vitest'

import { emptyDraft, type Draft } from './draft'
import { checkDraft } from './validation'

const today = new Date(2026, 10, 22)
const golf: Draft = {
  ...emptyDraft(),
  make: 'Volkswagen',
  model: 'Golf',
  fuel: 'petrol',
  gearbox: 'manual',
  offerType: 'used',
  year: '2016',
  mileage: '62000',
  power: '110',
}
const faults = (change: Partial<Draft>) => Object.keys(checkDraft({ ...golf, ...change }, today))

describe('checkDraft', () => {
  it('has nothing to say about a complete car', () => {
    expect(faults({})).toEqual([])
  })

  it('marks what an empty form still lacks as missing, and asks for no optional field', () => {
    const violations = checkDraft(emptyDraft(), today)
    expect(Object.keys(violations).sort()).toEqual(
      ['fuel', 'gearbox', 'make', 'mileage', 'model', 'offerType', 'power', 'year'],
    )
    expect(Object.values(violations).every((violation) => violation.missing)).toBe(true)
  })

  it.each<[Partial<Draft>, string]>([
    [{ year: '16' }, 'year'],
    [{ year: '2027' }, 'year'],
    [{ year: '1898' }, 'year'],
    [{ year: '2026', month: 12 }, 'month'],
    [{ mileage: '62.5' }, 'mileage'],
    [{ mileage: '11111111' }, 'mileage'],
    [{ power: '0' }, 'power'],
    [{ power: '99999' }, 'power'],
    [{ askingPrice: 'cheap' }, 'askingPrice'],
    [{ askingPrice: '0' }, 'askingPrice'],
  ])('finds the fault in %j', (change, field) => {
    expect(faults(change)).toEqual([field])
  })

  it('takes the current month', () => {
    expect(faults({ year: '2026', month: 11 })).toEqual([])
  })
})
