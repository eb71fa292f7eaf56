import { describe, expect, it } from 'vitest'

import { readRefusal, retryMoment } from './outcome'

const now = Date.parse('2026-11-22T12:00:00Z')

describe('retryMoment', () => {
  it('reads seconds', () => {
    expect(retryMoment('12', now)).toBe(now + 12_000)
  })

  it('reads a date, but never one that has passed', () => {
    expect(retryMoment('Sun, 22 Nov 2026 12:00:30 GMT', now)).toBe(now + 30_000)
    expect(retryMoment('Sun, 22 Nov 2020 12:00:30 GMT', now)).toBe(now)
  })

  it('waits a little when told nothing, or nonsense', () => {
    expect(retryMoment(null, now)).toBe(now + 5_000)
    expect(retryMoment('soon', now)).toBe(now + 5_000)
  })
})

describe('readRefusal', () => {
  const answer = (status: number, headers = {}) => new Response(null, { status, headers })

  it('takes 503 as a pause', () => {
    const outcome = readRefusal(answer(503, { 'Retry-After': '3' }), '<html>', now)
    expect(outcome).toEqual({ kind: 'unavailable', retryAt: now + 3_000 })
  })

  it('takes 422 with a problem as a refusal', () => {
    const problem = { title: 'Not priceable', status: 422 }
    expect(readRefusal(answer(422), problem, now)).toEqual({ kind: 'refused', problem })
  })

  it('takes everything else as a failure, with the reference if there is one', () => {
    expect(readRefusal(answer(500), { title: 'Oops', status: 500, request_id: 'r1' }, now)).toEqual({
      kind: 'failed',
      reference: 'r1',
    })
    expect(readRefusal(answer(502), '<html>', now)).toEqual({ kind: 'failed', reference: null })
  })
})
