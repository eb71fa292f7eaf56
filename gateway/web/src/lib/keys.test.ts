import { expect, it } from 'vitest'

import { keyByContent, newKey } from './keys'

it('makes keys that differ', () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/)
  expect(newKey()).not.toBe(newKey())
})

it('keeps a key for as long as the same is sent', () => {
  const keyFor = keyByContent()
  const first = keyFor({ reason: 'too_high' })
  expect(keyFor({ reason: 'too_high' })).toBe(first)
  expect(keyFor({ reason: 'too_low' })).not.toBe(first)
})
