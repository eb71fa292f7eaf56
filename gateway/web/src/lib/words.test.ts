import { afterEach, describe, expect, it } from 'vitest'

import { speak } from '../messages'
import { de } from '../messages/de'
import { en } from '../messages/en'
import { writeAs } from './format'
import { inWords } from './words'

afterEach(() => {
  speak(en)
  writeAs('en-GB')
})

describe('inWords', () => {
  it('leaves English as the server says it', () => {
    expect(inWords('Petrol hybrid')).toBe('Petrol hybrid')
    expect(inWords('60,000 km')).toBe('60,000 km')
  })

  it('says words and numbers in German', () => {
    speak(de)
    writeAs('de-DE')
    expect(inWords('Petrol hybrid')).toBe('Benzin-Hybrid')
    expect(inWords('60,000 km')).toBe('60.000 km')
    expect(inWords('5.0 years')).toBe('5,0 Jahre')
    expect(inWords('110 hp')).toBe('110 PS')
  })

  it('leaves what it does not know', () => {
    speak(de)
    expect(inWords('Volkswagen Golf')).toBe('Volkswagen Golf')
  })
})
