import { describe, expect, it } from 'vitest'

import { readDeskQuery, toAddress, toCarQuery } from './deskQuery'

describe('the desk’s query', () => {
  it('comes back from the address as it went in', () => {
    const query = { q: 'diesel 2019', make: 'Opel', state: 'in_stock', sorting: { by: 'price', descending: false } } as const
    expect(readDeskQuery(toAddress(query))).toEqual(query)
    expect(toAddress(readDeskQuery({}))).toEqual({})
  })

  it('takes from an address what can be meant', () => {
    expect(readDeskQuery({ state: 'stolen', sort: 'colour', q: [' a ', 'b'] })).toEqual(readDeskQuery({}))
  })

  it('asks the API for the make among the words', () => {
    expect(toCarQuery(readDeskQuery({ make: 'Opel', q: 'astra', sort: '-mileage' }))).toEqual({ q: 'Opel astra', sort: '-mileage' })
    expect(toCarQuery(readDeskQuery({}))).toEqual({ sort: '-created' })
  })
})
