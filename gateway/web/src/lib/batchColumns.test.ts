import { describe, expect, it } from 'vitest'

import { guessed } from './batchColumns'

describe('guessed', () => {
  it('knows common names, however they are written, and guesses nothing else', () => {
    expect(guessed(['Marke', 'Modell', 'Kraft-Stoff', 'Kilometer (km)', 'km', 'PS', 'Farbe'])).toEqual({
      make: 'Marke',
      model: 'Modell',
      fuel: 'Kraft-Stoff',
      gearbox: null,
      first_registration: null,
      mileage_km: 'km',
      power_hp: 'PS',
      power_kw: null,
      offer_type: null,
      asking_price_eur: null,
    })
  })
})
