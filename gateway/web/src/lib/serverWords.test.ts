import { afterEach, describe, expect, it } from 'vitest'

import { speak } from '../messages'
import { de } from '../messages/de'
import { en } from '../messages/en'
import { writeAs } from './format'
import { limitInWords, refusalInWords, wordingOf } from './serverWords'

const short = { field: 'password', code: 'too_short', message: 'must have at least 10 letters', figures: { least: 10 } }
const sold = { field: 'sold_on', code: 'in_future', message: 'must not be after today', figures: { latest: '2026-05-31' } }
const power = { field: 'mileage_km', code: 'out_of_range', message: 'x', figures: { low: 0, high: 1_000_000 } }
const old = { field: 'first_registration', code: 'out_of_range', message: 'x', figures: { low: '1900' } }
const strange = { field: 'x', code: 'a_code_to_come', message: 'is strange' }
const problem = { type: '', title: '', status: 409, detail: 'this is the last admin', request_id: '' }

const inGerman = () => {
  speak(de)
  writeAs('de')
}

afterEach(() => {
  speak(en)
  writeAs('en')
})

describe('wordingOf', () => {
  it("is the server's own in English", () => {
    expect(wordingOf(short)).toBe('must have at least 10 letters')
  })

  it('says it again in German by its code, with its figures in German notation', () => {
    inGerman()
    expect(wordingOf(short)).toBe('Mindestens 10 Zeichen.')
    expect(wordingOf(power)).toBe('Möglich ist 0 bis 1.000.000.')
    expect(wordingOf(sold)).toBe('Spätestens 31. Mai 2026.')
    expect(wordingOf({ ...short, field: 'email', code: 'format' })).toContain('ada@example.org')
  })

  it('leaves a year as it is written', () => {
    inGerman()
    expect(wordingOf(old)).toBe('Nicht vor 1900.')
  })

  it("falls back to the server's words where German has none that fit", () => {
    inGerman()
    expect(wordingOf(strange)).toBe('is strange')
    expect(wordingOf({ ...short, figures: null })).toBe(short.message)
  })
})

describe('limitInWords', () => {
  it('says why a price is not sure', () => {
    inGerman()
    const limit = { code: 'age_beyond_data', message: 'x', figures: { value: 20, low: 0.4, high: 15.5 } }
    expect(limitInWords(limit)).toContain('(0,4 bis 15,5 Jahre)')
    expect(limitInWords({ code: 'few_listings', message: 'x', figures: { count: 1 } })).toContain('Nur ein Inserat')
    expect(limitInWords({ code: 'to_come', message: 'x' })).toBe('x')
  })
})

describe('refusalInWords', () => {
  it('knows a code, and falls back to the detail', () => {
    expect(refusalInWords({ ...problem, code: 'last_admin' })).toBe(problem.detail)
    inGerman()
    expect(refusalInWords({ ...problem, code: 'last_admin' })).toContain('Administrator')
    expect(refusalInWords({ ...problem, code: 'to_come' })).toBe(problem.detail)
    expect(refusalInWords(problem)).toBe(problem.detail)
  })
})
