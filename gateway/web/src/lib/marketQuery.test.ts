import { describe, expect, it } from 'vitest'

import { readMarketQuery, toListingQuery, toMarketAddress } from './marketQuery'

describe('the market’s query', () => {
  it('comes back from the address as it went in', () => {
    const query = { make: 'Opel', model: 'Astra', minPrice: 5_000, maxPrice: null, maxMileage: 90_000, sorting: { by: 'price', descending: true } }
    expect(readMarketQuery(toMarketAddress(query))).toEqual(query)
    expect(toMarketAddress(readMarketQuery({}))).toEqual({})
  })

  it('leaves out what cannot be meant', () => {
    expect(readMarketQuery({ model: 'Golf', min: 'x', max: '999999999', sort: '-colour' })).toEqual(readMarketQuery({}))
  })

  it('asks for what is on offer of a make, and for nothing without one', () => {
    expect(toListingQuery(readMarketQuery({}))).toBeNull()
    expect(toListingQuery(readMarketQuery({ make: 'Opel', km: '90000' }))).toEqual({ make: 'Opel', on_offer: true, sort: '-seen', max_mileage_km: 90_000 })
  })
})
