import { describe, expect, it } from 'vitest'

import { wordingsByField } from './violations'

const short = { field: 'password', code: 'too_short', message: 'must have at least 10 letters', figures: { least: 10 } }

describe('wordingsByField', () => {
  it('takes the first of each field, of a refusal alone', () => {
    const problem = { type: '', title: '', status: 422, detail: '', request_id: '', errors: [short, { ...short, message: 'b' }] }
    expect(Object.fromEntries(wordingsByField({ kind: 'refused', problem }))).toEqual({ password: short.message })
    expect(wordingsByField({ kind: 'offline' }).size).toBe(0)
  })
})
