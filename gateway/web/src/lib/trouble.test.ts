import { describe, expect, it } from 'vitest'

import { readTrouble, retryMoment } from './trouble'

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

describe('readTrouble', () => {
  const answer = (status: number, headers = {}) => new Response(null, { status, headers })

  it('takes 503 as a pause', () => {
    const outcome = readTrouble(answer(503, { 'Retry-After': '3' }), '<html>', now)
    expect(outcome).toEqual({ kind: 'unavailable', retryAt: now + 3_000 })
  })

  it('takes 422 with a problem as a refusal', () => {
    const problem = { title: 'Not priceable', status: 422 }
    expect(readTrouble(answer(422), problem, now)).toEqual({ kind: 'refused', problem })
  })

  it('takes everything else as a failure, with the reference if there is one', () => {
    expect(readTrouble(answer(500), { title: 'Oops', status: 500, request_id: 'r1' }, now)).toEqual({
      kind: 'failed',
      reference: 'r1',
    })
    expect(readTrouble(answer(502), '<html>', now)).toEqual({ kind: 'failed', reference: null })
  })

  it('tells the database from the model server', () => {
    const busy = { title: 'The database is unavailable', status: 503 }
    expect(readTrouble(answer(503), busy, now).kind).toBe('busy')
    expect(readTrouble(answer(503), { title: 'The model server is unavailable', status: 503 }, now).kind).toBe('unavailable')
  })

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'missing'],
    [409, 'conflict'],
    [412, 'changed'],
    [413, 'conflict'],
    [429, 'attempts'],
  ])('sorts %i by what can be done about it', (status, kind) => {
    expect(readTrouble(answer(status), { title: 'Told', status }, now).kind).toBe(kind)
  })
})
