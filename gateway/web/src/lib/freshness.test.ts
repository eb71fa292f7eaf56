import { describe, expect, it } from 'vitest'

import { daysSince, isOld, isOvertaken } from './freshness'

const now = Date.parse('2026-05-31T09:15:00Z')

describe('daysSince', () => {
  it('counts whole days, and none for a day to come', () => {
    expect(daysSince('2026-05-31', now)).toBe(0)
    expect(daysSince('2026-05-01', now)).toBe(30)
    expect(daysSince('2026-06-01', now)).toBe(0)
  })
})

describe('isOld', () => {
  it('begins after a quarter', () => {
    expect(isOld('2026-02-28', now)).toBe(false)
    expect(isOld('2026-02-27', now)).toBe(true)
  })
})

describe('isOvertaken', () => {
  it('needs listings of more than a month later', () => {
    expect(isOvertaken('2026-01-01', null)).toBe(false)
    expect(isOvertaken('2026-01-01', '2026-02-01')).toBe(false)
    expect(isOvertaken('2026-01-01', '2026-02-02')).toBe(true)
    expect(isOvertaken('2026-03-01', '2026-02-02')).toBe(false)
  })
})
