import { describe, expect, it } from 'vitest'

import { inside } from './addresses'

describe('inside', () => {
  it('keeps an address of this site', () => {
    expect(inside('/desk?state=offered#x')).toBe('/desk?state=offered#x')
  })

  it.each([undefined, null, ['/a'], '', 'desk', '//example.org', '/\\example.org', 'https://example.org', 'javascript:x'])(
    'sends %s home',
    (next) => expect(inside(next)).toBe('/'),
  )
})
