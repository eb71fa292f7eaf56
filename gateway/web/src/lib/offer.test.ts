import { describe, expect, it } from 'vitest'

import { checkOffering, emptyOffering, ourPrice, stepOf, toOffer } from './offer'

const car = {
  make: 'Volkswagen', model: 'Golf', fuel: 'petrol', gearbox: 'manual', first_registration: '2021', mileage_km: 60_000, power_kw: 81,
  asking_price_eur: 12_000,
}
const eva = { ...emptyOffering(), name: ' Eva ', phone: '0170 123456', consent: true }

describe('stepOf', () => {
  it('goes no further than the car is described', () => {
    expect(stepOf('listing', true)).toBe('listing')
    expect(stepOf('listing', false)).toBe('details')
    expect(stepOf('nonsense', true)).toBe('start')
    expect(stepOf(undefined, false)).toBe('start')
  })
})

describe('ourPrice', () => {
  it('is the market’s less our costs, with the bonus, and adds up', () => {
    const sum = ourPrice({ price_eur: 12_762.74, buying_price_eur: 11_486.47 }, 300, false)
    expect(sum).toEqual({ market: 12_763, margin: -1_277, bonus: 300, total: 11_786 })
    expect(sum.market + sum.margin + sum.bonus).toBe(sum.total)
  })

  it('is the market’s where no margin is set, and for the house itself', () => {
    expect(ourPrice({ price_eur: 12_762.74, buying_price_eur: null }, 0, false).total).toBe(12_763)
    expect(ourPrice({ price_eur: 12_762.74, buying_price_eur: 11_486.47 }, 300, true)).toEqual({ market: 12_763, margin: 0, bonus: 0, total: 12_763 })
  })
})

describe('checkOffering', () => {
  it('asks for a name, a way to be reached and consent', () => {
    expect(Object.keys(checkOffering(emptyOffering(), false))).toEqual(['name', 'reach', 'consent'])
    expect(checkOffering(eva, false)).toEqual({})
  })

  it('asks for a price where it is to be one’s own, and the house for nothing else', () => {
    expect(Object.keys(checkOffering({ ...emptyOffering(), price: 'own', ownPrice: 'much' }, true))).toEqual(['ownPrice'])
  })
})

describe('toOffer', () => {
  it('sends the car with what is the owner’s, and not what he asked us about', () => {
    expect(toOffer(car, eva, false)).toEqual({
      make: 'Volkswagen', model: 'Golf', fuel: 'petrol', gearbox: 'manual', first_registration: '2021', mileage_km: 60_000, power_kw: 81,
      contact: { name: 'Eva', email: null, phone: '0170 123456' },
    })
  })

  it('sends a price of one’s own', () => {
    expect(toOffer(car, { ...eva, price: 'own', ownPrice: '11,900' }, false).price_eur).toBe(11_900)
  })
})
