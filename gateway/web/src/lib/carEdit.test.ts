import { describe, expect, it } from 'vitest'

import type { Car } from '../api/types'
import { changedFields, changesOf, draftOf, readPrice, rebased } from './carEdit'

const car = {
  vehicle: {
    make: 'VW',
    model: 'Golf',
    fuel: 'petrol',
    gearbox: 'manual',
    offer_type: 'used',
    first_registration: '2021-05',
    mileage_km: 60_000,
    power_hp: 109.5,
    power_kw: 80.5,
  },
  price_eur: 11_234.56,
  price_is_own: false,
  contact: { name: 'Ada', email: null, phone: '030 123456' },
  note: null,
} as Car

describe('editing a car', () => {
  it('sends what was changed, and nothing else', () => {
    const base = draftOf(car)
    expect(changesOf(base, base)).toEqual({})
    expect(changesOf({ ...base, mileage_km: '62.000', note: ' new tyres ' }, base)).toEqual({ mileage_km: 62_000, note: 'new tyres' })
  })

  it('has an empty price where it is our estimate, and asks for a new one by emptying it', () => {
    expect(draftOf(car).price_eur).toBe('')
    const own = draftOf({ ...car, price_is_own: true })
    expect(changesOf({ ...own, price_eur: '' }, own)).toEqual({ price_eur: null })
    expect(changesOf({ ...own, price_eur: '12,000' }, own)).toEqual({ price_eur: 12_000 })
    expect([readPrice('11234.56'), readPrice('about 9000')]).toEqual([11_234.56, null])
  })

  it('sends a contact whole', () => {
    const base = draftOf(car)
    expect(changesOf({ ...base, contact_phone: '' }, base)).toEqual({ contact: { name: 'Ada', email: null, phone: null } })
  })

  it('keeps one’s own changes over those of others', () => {
    const base = draftOf(car)
    const theirs = { ...base, mileage_km: '61000', note: 'theirs' }
    expect(rebased({ ...base, note: 'mine' }, base, theirs)).toEqual({ ...base, mileage_km: '61000', note: 'mine' })
    expect(changedFields(theirs, base)).toEqual(['mileage_km', 'note'])
  })
})
