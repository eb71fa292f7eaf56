import { describe, expect, it } from 'vitest'

import type { Car } from '../api/types'
import { canBecome, detailsOf, movesOf, STATES, toValue, wordsOf } from './cars'

const vehicle = {
  make: 'Volkswagen',
  model: 'Golf',
  fuel: 'hybrid_petrol',
  gearbox: 'manual',
  offer_type: 'used',
  first_registration: '2021-05',
  mileage_km: 60_000,
  power_hp: 110,
  power_kw: 80.9,
}

describe('cars', () => {
  it('move through states, and out of none that is not named', () => {
    expect(canBecome({ state: 'offered' } as Car, 'in_stock')).toBe(true)
    expect(canBecome({ state: 'sold' } as Car, 'in_stock')).toBe(false)
    expect(STATES.every((state) => movesOf(state).every((next) => STATES.includes(next) && next !== state))).toBe(true)
  })

  it('are told from others in a line', () => {
    expect(detailsOf(vehicle)).toBe('Petrol hybrid · Manual · 110 hp')
  })

  it('are valued with the price that is asked, and one power', () => {
    expect(toValue({ vehicle, price_eur: 12_000 })).toMatchObject({ power_hp: 110, power_kw: null, asking_price_eur: 12_000 })
    expect(Object.keys(toValue({ vehicle, price_eur: null }))).not.toContain('asking_price_eur')
  })

  it('have words to choose from', () => {
    expect(wordsOf('gearbox').map(({ value }) => value)).toEqual(['manual', 'automatic', 'semi_automatic'])
    expect(wordsOf('fuel')).toHaveLength(10)
    expect(wordsOf('offer_type').at(-1)).toEqual({ value: 'new', label: 'New' })
  })
})
