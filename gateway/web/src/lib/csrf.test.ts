import { describe, expect, it } from 'vitest'

import { withCsrfToken } from './csrf'

describe('withCsrfToken', () => {
  it('sends what the cookie holds', () => {
    const request = withCsrfToken({ headers: { Accept: '*/*' } }, 'a=1; __Host-csrf=x-Y_z%3D; b=2')
    expect(request.headers).toEqual({ Accept: '*/*', 'X-CSRF-Token': 'x-Y_z=' })
  })

  it('sends nothing while nobody is logged in', () => {
    expect(withCsrfToken({ headers: {} }, 'not__Host-csrf=1').headers).toEqual({})
    expect(withCsrfToken({ headers: {} }, '').headers).toEqual({})
  })
})
