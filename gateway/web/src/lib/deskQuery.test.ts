import { describe, expect, it } from 'vitest'

import { readDeskQuery, toAddress, toCarQuery } from './deskQuery'

describe('the desk’s query', () => {
  it('comes back from the address as it went in', () => {
    const query = { q: 'diesel 2019', make: 'Opel', model: 'Astra', state: 'in_stock', sorting: { by: 'price', descending: false } } as const
    expect(readDeskQuery(toAddress(query))).toEqual(query)
    expect(toAddress(readDeskQuery({}))).toEqual({})
  })

  it('takes from an address what can be meant', () => {
    expect(readDeskQuery({ state: 'stolen', sort: 'colour', q: [' a ', 'b'] })).toEqual(readDeskQuery({}))
  })

  it('asks the API for make and model, and for no model without its make', () => {
    expect(toCarQuery(readDeskQuery({ make: 'Opel', model: 'Astra', q: 'red', sort: '-mileage' }))).toEqual({
      q: 'red', make: 'Opel', model: 'Astra', sort: '-mileage',
    })
    expect(toCarQuery(readDeskQuery({ model: 'Astra' }))).toEqual({ sort: '-created' })
    expect(toCarQuery(readDeskQuery({}))).toEqual({ sort: '-created' })
  })
})
