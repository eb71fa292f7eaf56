import { describe, expect, it } from 'vitest'

import type { Token } from '../api/types'
import { scopesOf, stateOf } from './tokens'

const token: Token = {
  prefix: '0a1b2c3d',
  name: 'nightly',
  scopes: ['valuations'],
  created_at: '2026-01-01T00:00:00Z',
  expires_at: '2026-04-01T00:00:00Z',
  revoked_at: null,
}

describe('scopesOf', () => {
  it('offers what the role may give, and nobody anything', () => {
    expect(scopesOf('dealer')).toEqual(['valuations', 'infer'])
    expect(scopesOf('admin')).toHaveLength(5)
    expect(scopesOf('customer')).toEqual([])
    expect(scopesOf(null)).toEqual([])
  })
})

describe('stateOf', () => {
  it('tells whether it is good for anything', () => {
    expect(stateOf(token, Date.parse('2026-03-31T23:59:59Z'))).toBe('active')
    expect(stateOf(token, Date.parse('2026-04-01T00:00:00Z'))).toBe('expired')
    expect(stateOf({ ...token, revoked_at: '2026-02-01T00:00:00Z' }, 0)).toBe('revoked')
  })
})
