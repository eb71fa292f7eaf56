import { describe, expect, it } from 'vitest'

import { localeOf, preferredLanguage } from './language'

describe('preferredLanguage', () => {
  it('is the first that there is', () => {
    expect(preferredLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de')
    expect(preferredLanguage(['en-US', 'de'])).toBe('en')
  })

  it('is English for everybody else', () => {
    expect(preferredLanguage(['fr'])).toBe('en')
    expect(preferredLanguage([])).toBe('en')
  })
})

describe('localeOf', () => {
  it("is the browser's own of this language", () => {
    expect(localeOf('en', ['de-DE', 'en-US'])).toBe('en-US')
    expect(localeOf('de', ['de-CH'])).toBe('de-CH')
  })

  it('has one for a language that the browser does not name', () => {
    expect(localeOf('de', ['en-US'])).toBe('de-DE')
    expect(localeOf('en', ['de'])).toBe('en-GB')
  })
})
