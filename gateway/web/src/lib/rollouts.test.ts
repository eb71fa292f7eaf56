import { describe, expect, it } from 'vitest'

import type { Rollout, RolloutNow } from '../api/types'
import { alarmInWords, apart, countOf, durationInWords, endInWords, isOpen, newsOf, stateInWords, stepsOf, whoInWords, withNewest } from './rollouts'

const LIMITS = { errors_percent: 2, slow_percent: 5, slow_s: 0.25, refusals_percent: 1, median_difference: 0.05, p95_difference: 0.25 }
const rollout = (changes: Partial<RolloutNow> = {}) =>
  ({ number: 1, version: '2', champion: '1', state: 'canary', share_percent: 10, shares: [0, 10, 50, 100], limits: LIMITS, alarm: null, end_reason: null, ...changes }) as RolloutNow
const alarm = (kind: NonNullable<Rollout['alarm']>['kind'], figure: number, limit: number) =>
  alarmInWords(rollout({ alarm: { kind, words: '', figure, limit } }))

describe('isOpen', () => {
  it('is so until it is done or taken back', () => {
    expect((['shadow', 'canary', 'done', 'rolled_back'] as const).map((state) => isOpen({ state }))).toEqual([true, true, false, false])
  })
})

describe('stateInWords', () => {
  it('has the share where it matters', () => {
    expect(stateInWords(rollout())).toBe('Prices 10%')
    expect(stateInWords(rollout({ state: 'rolled_back' }))).toBe('Taken back at 10%')
    expect(stateInWords(rollout({ state: 'rolled_back', share_percent: 0 }))).toBe('Taken back in the shadow')
    expect(stateInWords(rollout({ state: 'done', share_percent: 100 }))).toBe('Done')
  })
})

describe('stepsOf', () => {
  const standings = (changes: Partial<RolloutNow>) => stepsOf(rollout(changes)).map(({ standing }) => standing)

  it('says which shares are passed, and where it is', () => {
    expect(standings({ state: 'shadow', share_percent: 0 })).toEqual(['here', 'ahead', 'ahead', 'ahead'])
    expect(standings({ share_percent: 50 })).toEqual(['passed', 'passed', 'here', 'ahead'])
    expect(standings({ state: 'done', share_percent: 100 })).toEqual(['passed', 'passed', 'passed', 'passed'])
  })

  it('says where it was taken back', () => {
    expect(standings({ state: 'rolled_back' })).toEqual(['passed', 'back', 'missed', 'missed'])
  })

  it('has none of a switch', () => {
    expect(standings({ state: 'done', share_percent: 100, end_reason: 'at once' })).toEqual([])
  })
})

describe('withNewest', () => {
  it('has the newest once, as it is known by now', () => {
    const [older, old] = [rollout({ number: 1 }), rollout({ number: 2 })]
    const now = rollout({ number: 2, state: 'done' })
    expect(withNewest([old, older], now)).toEqual([now, older])
    expect(withNewest([older], now)).toEqual([now, older])
    expect(withNewest([older], null)).toEqual([older])
  })
})

describe('alarmInWords', () => {
  it('has figure and limit in words that need no logarithm', () => {
    expect(apart(0.0723)).toBe('7.5%')
    expect(alarm('differences', 0.0723, 0.05)).toMatch(/^Half of its prices .* 7\.5% .* 5\.1%\.$/)
    expect(alarm('differences', 0.31, 0.25)).toMatch(/^One in twenty .* 36\.3% .* 28\.4%\.$/)
    expect(alarm('errors', 12.5, 2)).toContain('12.5 per cent points')
    expect(alarm('refusals', 3.21, 1)).toContain('3.2% of the cars')
    expect(alarm('slow', 8, 5)).toContain('0.25 s')
  })
})

describe('endInWords', () => {
  it('is a person’s own reason, or what the server says in the reader’s words', () => {
    expect(endInWords(rollout({ state: 'rolled_back', end_reason: 'too dear' }))).toBe('too dear')
    expect(endInWords(rollout({ state: 'done', end_reason: 'at once' }))).toContain('at once')
    expect(endInWords(rollout({ state: 'done', end_reason: 'all shares without an alarm' }))).toContain('All shares')
    expect(endInWords(rollout())).toBeNull()
  })
})

describe('whoInWords', () => {
  it('names people, programs and the service', () => {
    expect(whoInWords('a1b2c3d4e5f6a7b8', 'Ada')).toBe('Ada')
    expect(whoInWords('a1b2c3d4e5f6a7b8', null)).toBe('a1b2c3d4e5f6')
    expect(whoInWords('token:abc', null)).toContain('abc')
    expect(whoInWords('rollout', null)).toBe('the gateway itself')
  })
})

describe('countOf', () => {
  it('has its share where there is one', () => {
    expect(countOf(0, 100)).toBe('0')
    expect(countOf(3, 0)).toBe('3')
    expect(countOf(12, 3_000)).toBe('12 (0.4%)')
  })
})

describe('durationInWords', () => {
  it('uses the largest unit that is whole', () => {
    expect([45, 90, 600, 7_200].map(durationInWords)).toEqual(['45 s', '90 s', '10 min', '2 h'])
  })
})

describe('newsOf', () => {
  it('tells each change of a rollout once', () => {
    const at10 = rollout()
    expect(newsOf(null, at10)).toBeNull()
    expect(newsOf(at10, rollout())).toBeNull()
    expect(newsOf(at10, rollout({ number: 2 }))).toBeNull()
    expect(newsOf(at10, rollout({ share_percent: 50 }))).toContain('50%')
    expect(newsOf(at10, rollout({ state: 'done', share_percent: 100 }))).toContain('everything now')
    expect(newsOf(at10, rollout({ state: 'rolled_back' }))).toContain('version 1 prices everything again')
  })
})
