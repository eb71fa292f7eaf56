import { describe, expect, it } from 'vitest'

import { parseTenths, parseWhole } from './numbers'

describe('parseWhole', () => {
  it.each([
    ['62000', 62000],
    [' 62.000 ', 62000],
    ['62,000', 62000],
    ['1 250 000', 1250000],
    ['62\u202f000', 62000],
    ["62'000", 62000],
    ['0', 0],
  ])('reads %j', (text, value) => {
    expect(parseWhole(text)).toBe(value)
  })

  it.each(['', 'abc', '62.5', '6.20', '-5', '12,3456', '1e5'])('refuses %j', (text) => {
    expect(parseWhole(text)).toBeNull()
  })
})

describe('parseTenths', () => {
  it.each([
    ['110', 110],
    ['80,9', 80.9],
    ['80.9', 80.9],
  ])('reads %j', (text, value) => {
    expect(parseTenths(text)).toBe(value)
  })

  it.each(['', '80.95', '1,000', 'x'])('refuses %j', (text) => {
    expect(parseTenths(text)).toBeNull()
  })
})
