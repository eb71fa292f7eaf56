import { describe, expect, it } from 'vitest'

import { saidInGerman } from './card'

describe('saidInGerman', () => {
  it('knows the sentences that every card has', () => {
    expect(saidInGerman('Ages, mileages and powers beyond the listings are priced as the nearest that were seen.')).toContain('jenseits')
  })

  it('says of whom the ranges serve worst', () => {
    const least = 'Of the parts of the market with 100 cars or more the range holds least often for cars at prices below 5,000 EUR: 84.2% of prices, where 90% are promised over all.'
    expect(saidInGerman(least)).toContain('Autos unter 5.000 €, mit 84,2 % der Preise, wo 90 %')
    expect(saidInGerman('It is widest for models with listings from 30 to 100: 61% of the price.')).toContain('Modelle mit Inseraten von 30 bis 100, mit 61 %')
    expect(saidInGerman('It is widest for cars at ages from 20 years: 61% of the price.')).toContain('Autos im Alter ab 20 Jahren')
    expect(saidInGerman('It is widest for fuel cng: 61% of the price.')).toContain('„fuel cng“')
  })

  it('leaves to the card what it does not know', () => {
    expect(saidInGerman('Something new.')).toBeNull()
  })
})
