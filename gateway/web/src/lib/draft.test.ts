import { describe, expect, it } from 'vitest'

import { emptyDraft, fieldOf, toRequest } from './draft'

const golf = {
  ...emptyDraft(),
  make: 'Volkswagen',
  model: 'Golf',
  fuel: 'petrol',
  gearbox: 'manual',
  offerType: 'used',
  year: '2016',
  mileage: '62,000',
  power: '110',
}

describe('toRequest', () => {
  it('sends what was typed, as numbers', () => {
    expect(toRequest(golf)).toEqual({
      make: 'Volkswagen',
      model: 'Golf',
      fuel: 'petrol',
      gearbox: 'manual',
      offer_type: 'used',
      first_registration: '2016',
      mileage_km: 62000,
      power_hp: 110,
    })
  })

  it('sends power in the unit it was typed in, so that nothing is rounded', () => {
    const request = toRequest({ ...golf, power: '81', powerUnit: 'kw' })
    expect(request.power_kw).toBe(81)
    expect(request).not.toHaveProperty('power_hp')
  })

  it('adds month and asking price when they are known', () => {
    const request = toRequest({ ...golf, month: 5, askingPrice: '14.900' })
    expect(request.first_registration).toBe('2016-05')
    expect(request.asking_price_eur).toBe(14900)
  })
})

describe('fieldOf', () => {
  it("finds the form's field for a name of the API", () => {
    expect(fieldOf('power_kw')).toBe('power')
    expect(fieldOf('first_registration')).toBe('year')
  })

  it('knows when there is none', () => {
    expect([fieldOf('as_of'), fieldOf(null), fieldOf(undefined)]).toEqual([null, null, null])
  })
})
