import { describe, expect, it } from 'vitest'

import { tellApart } from './carLine'
import { nameOf } from './cars'

describe('a car in a line', () => {
  it('is named, and told from its like', () => {
    const golf = {
      make: 'Volkswagen',
      model: 'Golf',
      first_registration: '2016',
      mileage_km: 950,
      power_hp: 109.6,
      fuel: 'hybrid_petrol',
      gearbox: 'semi_automatic',
    }
    expect(nameOf(golf)).toBe('Volkswagen Golf')
    expect(tellApart(golf)).toBe('2016\u00a0· 950 km\u00a0· 110 hp\u00a0· Petrol hybrid\u00a0· Semi-automatic')
  })

  it('keeps words that it does not know', () => {
    const car = { first_registration: '2016', mileage_km: 0, power_hp: 110, fuel: 'steam', gearbox: 'manual' }
    expect(tellApart(car)).toContain('steam\u00a0· Manual')
  })
})
