import { describe, expect, it } from 'vitest'

import { shownOf, sortedBy, type Column } from './columns'

const price: Column<object> = { key: 'price', label: 'Price', numeric: true, sort: 'price_eur' }
const name: Column<object> = { key: 'name', label: 'Name', heads: true, sort: 'name' }
const plain: Column<object> = { key: 'plain', label: 'Plain' }

describe('sortedBy', () => {
  it('begins with the largest number, and with the first word', () => {
    expect(sortedBy(price, null)).toEqual({ by: 'price_eur', descending: true })
    expect(sortedBy(name, { by: 'price_eur', descending: true })).toEqual({ by: 'name', descending: false })
  })

  it('turns the order round at the second press', () => {
    expect(sortedBy(price, { by: 'price_eur', descending: true })).toEqual({ by: 'price_eur', descending: false })
  })

  it('leaves the order to columns that have one', () => {
    expect(sortedBy(plain, null)).toBeNull()
  })
})

describe('shownOf', () => {
  it('never hides what names a row', () => {
    expect(shownOf([name, price, plain], new Set(['name', 'price']))).toEqual([name, plain])
  })
})
