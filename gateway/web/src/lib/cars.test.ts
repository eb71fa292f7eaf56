import { describe, expect, it } from 'vitest'

import { nameOfCar, tellApart } from './cars'

describe('cars in words', () => {
  it('name a car, and tell it from its like', () => {
    const golf = { make: 'Volkswagen', model: 'Golf', first_registration: '2016', mileage_km: 950, power_hp: 109.6 }
    expect(nameOfCar(golf)).toBe('Volkswagen Golf')
    expect(tellApart(golf, 'hp')).toBe('2016 · 950 km · 110 hp')
  })
})
