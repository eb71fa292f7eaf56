import { describe, expect, it } from 'vitest'

import { linesOf, whoOf } from './carHistory'

const event = (changes: Record<string, unknown[]>) => ({ at: '', who: 'x', who_name: null, action: 'edit', changes })

describe('a car’s history', () => {
  it('says what was changed, in words', () => {
    const changes = { state: ['offered', 'in_stock'], fuel: ['petrol', 'diesel'], note: [null, null], estimate_eur: [1, 2], power_hp: [110, 112.5] }
    expect(linesOf(event(changes), false)).toEqual([
      'State: Offered → In stock',
      'Fuel: Petrol → Diesel',
      'Note: changed',
      'Power (hp): 110 → 112.5',
    ])
  })

  it('does not repeat the whole car at its beginning', () => {
    expect(linesOf(event({ make: [null, 'VW'], price_eur: [null, 12_000] }), true)).toHaveLength(1)
  })

  it('names who did it as well as it can', () => {
    const said = (who: string, name: string | null, own: string) => whoOf({ who, who_name: name }, own)
    expect([said('abcdefghij', 'Ada', 'abcdefghij'), said('customer', null, 'x'), said('abcdefghij', 'Ada', 'x')]).toEqual(['You', 'The seller', 'Ada'])
    expect(said('abcdefghij', null, 'x')).toBe('Account abcdef')
  })
})
