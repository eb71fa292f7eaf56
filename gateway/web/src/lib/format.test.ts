import { describe, expect, it } from 'vitest'

import { makeFormat } from './format'

const english = makeFormat('en-GB')
const german = makeFormat('de-DE')

describe('format', () => {
  it('shows whole euros in the notation of the locale', () => {
    expect(english.euros(15230.62)).toBe('€15,231')
    expect(german.euros(15230.62)).toBe('15.231\u00a0€')
  })

  it('signs effects, but not nothing', () => {
    expect(english.signedEuros(1210)).toBe('+€1,210')
    expect(english.signedEuros(-840)).toBe('−€840')
    expect(english.signedEuros(0)).toBe('€0')
  })

  it('takes shares from 0 to 1 and per cents from 0 to 100', () => {
    expect(english.share(0.9)).toBe('90%')
    expect(english.signedPercent(8.64)).toBe('+8.6%')
    expect(english.signedWholePercent(-20)).toBe('−20%')
    expect([english.percent(84), english.tenthPercent(84)]).toEqual(['84%', '84.0%'])
  })

  it('shows two decimals where two figures are compared', () => {
    expect(english.hundredths(0.9)).toBe('0.90')
    expect(german.hundredths(0.8324)).toBe('0,83')
  })

  it('keeps a moment in its month', () => {
    expect(english.shortMonth(Date.UTC(2021, 6, 1))).toBe('Jul 2021')
  })

  it('keeps a date on its day', () => {
    expect(english.day('2021-07-01')).toBe('1 July 2021')
    expect(german.day('2021-07-01')).toBe('1. Juli 2021')
  })

  it('shows a registration as precisely as it is known', () => {
    expect(english.registration('2016')).toBe('2016')
    expect(english.registration('2016-05')).toBe('May 2016')
  })
})
