import { describe, expect, it } from 'vitest'

import type { Filters } from '../api/types'
import { settle, type Choices, type Facet } from './choices'

const options = (...values: string[]) => values.map((value) => ({ value, label: value, listings: 10, on_offer: 1 }))

const filters = (change: Partial<Filters> = {}): Filters => ({
  model: { name: 'car-price', version: '3' },
  market_as_of: '2021-07-01',
  market_is_demo: false,
  listings: 10,
  on_offer: 1,
  makes: options('Tesla', 'Volkswagen'),
  models: options('Golf', 'Polo'),
  fuels: options('petrol', 'diesel'),
  gearboxes: options('manual', 'automatic'),
  offer_types: options('used', 'new'),
  age_years: { min: 0, max: 10 },
  mileage_km: { min: 0, max: 300000 },
  power_hp: { min: 50, max: 400 },
  typical: null,
  ...change,
})

const golf: Choices = { make: 'Volkswagen', model: 'Golf', fuel: null, gearbox: null, offerType: null }
const none = new Set<Facet>()

describe('settle', () => {
  it('keeps what can still be chosen', () => {
    const settled = settle({ ...golf, fuel: 'diesel', offerType: 'new' }, none, filters())
    expect(settled.choices).toEqual({ ...golf, fuel: 'diesel', offerType: 'new' })
    expect(settled.automatic.size).toBe(0)
  })

  it('fills in the only option of a chosen model, and takes offers to be of used cars', () => {
    const settled = settle(golf, none, filters({ gearboxes: options('automatic') }))
    expect(settled.choices).toEqual({ ...golf, gearbox: 'automatic', offerType: 'used' })
    expect([...settled.automatic].sort()).toEqual(['gearbox', 'offerType'])
  })

  it('fills in nothing before a model is chosen', () => {
    const settled = settle({ ...golf, model: null }, none, filters({ fuels: options('electric') }))
    expect(settled.choices.fuel).toBeNull()
  })

  it('gives back what it filled in when alternatives return', () => {
    const settled = settle({ ...golf, gearbox: 'automatic' }, new Set<Facet>(['gearbox']), filters())
    expect(settled.choices.gearbox).toBeNull()
  })

  it('drops what has become impossible', () => {
    const settled = settle({ ...golf, model: 'Beetle', fuel: 'hydrogen' }, none, filters())
    expect(settled.choices.model).toBeNull()
    expect(settled.choices.fuel).toBeNull()
  })
})
