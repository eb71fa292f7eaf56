import { afterEach, describe, expect, it } from 'vitest'

import { speak } from '../messages'
import { de } from '../messages/de'
import { en } from '../messages/en'
import { wordingOf, wordingsByField } from './violations'

const short = { field: 'password', code: 'too_short', message: 'must have at least 10 letters' }
const range = { field: 'days', code: 'out_of_range', message: 'must be a whole number between 1 and 366' }
const strange = { field: 'x', code: 'a_code_to_come', message: 'is strange' }

afterEach(() => speak(en))

describe('wordingOf', () => {
  it("is the server's own in English", () => {
    expect(wordingOf(short)).toBe('must have at least 10 letters')
  })

  it('says it again in German, with the numbers of the server', () => {
    speak(de)
    expect(wordingOf(short)).toBe('Mindestens 10 Zeichen.')
    expect(wordingOf(range)).toBe('Möglich ist 1 bis 366.')
    expect(wordingOf({ ...short, field: 'email', code: 'format', message: 'x' })).toContain('ada@example.org')
  })

  it("falls back to the server's words where German has none that fit", () => {
    speak(de)
    expect(wordingOf(strange)).toBe('is strange')
    expect(wordingOf({ ...short, message: 'is short' })).toBe('is short')
  })
})

describe('wordingsByField', () => {
  it('takes the first of each field, of a refusal alone', () => {
    const problem = { type: '', title: '', status: 422, detail: '', request_id: '', errors: [short, { ...short, message: 'b' }] }
    expect(Object.fromEntries(wordingsByField({ kind: 'refused', problem }))).toEqual({ password: short.message })
    expect(wordingsByField({ kind: 'offline' }).size).toBe(0)
  })
})
