import { describe, expect, it } from 'vitest'

import type { Car } from '../api/types'
import { CARS_HEADER, missingIn, placesIn, toCarLine, toNewCar } from './carRows'
import { readCsv } from './csv'

const car = {
  id: 'x',
  version: 1,
  state: 'in_stock',
  vehicle: {
    make: 'VW',
    model: 'Golf',
    fuel: 'petrol',
    gearbox: 'manual',
    offer_type: 'used',
    first_registration: '2021-05',
    mileage_km: 60_000,
    power_hp: 110,
    power_kw: 80.9,
  },
  price_eur: 12_000,
  price_is_own: true,
  estimate_eur: 11_000,
  valuation: null,
  sale_price_eur: null,
  sold_on: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  contact: null,
  note: '=HYPERLINK("x")',
} satisfies Car

describe('rows of cars', () => {
  it('can be taken in again as they were given out, without being a formula on the way', () => {
    const text = CARS_HEADER + toCarLine(car)
    const { header, rows } = readCsv(text)
    expect(text).toContain("'=HYPERLINK")
    const { make, model, fuel, gearbox, offer_type, first_registration, mileage_km, power_hp } = car.vehicle
    const vehicle = { make, model, fuel, gearbox, offer_type, first_registration, mileage_km, power_hp }
    expect(toNewCar(rows[0] ?? [], placesIn(header))).toEqual({ car: { ...vehicle, price_eur: 12_000, note: car.note } })
  })

  it('may have AutoScout24’s names, in any case, and numbers as people write them', () => {
    const places = placesIn(['Make', 'MODEL', 'fuel', 'gear', 'year', 'Mileage', 'hp', 'Price'])
    expect(missingIn(places)).toEqual([])
    expect(toNewCar(['VW', 'Golf', 'Petrol', 'Manual', '2019', '62.000', '110,5', '9,900'], places)).toEqual({
      car: { make: 'VW', model: 'Golf', fuel: 'Petrol', gearbox: 'Manual', first_registration: '2019', mileage_km: 62_000, power_hp: 110.5, price_eur: 9_900 },
    })
  })

  it('name what is no number, and what columns are missing', () => {
    const places = placesIn(['make', 'mileage_km'])
    expect(missingIn(places)).toEqual(['model', 'fuel', 'gearbox', 'first_registration', 'power_hp'])
    expect(toNewCar(['VW', 'many'], places)).toEqual({ noNumbers: ['mileage_km'] })
    expect(toNewCar(['VW', ''], places)).toEqual({ car: { make: 'VW' } })
  })
})
