import { describe, expect, it } from 'vitest'

import { convertPower, otherUnit } from './power'

describe('power', () => {
  it('converts kilowatts to metric horsepower', () => {
    expect(convertPower(81, 'kw', 'hp')).toBeCloseTo(110.13, 2)
  })

  it('comes back to where it started', () => {
    expect(convertPower(convertPower(150, 'hp', 'kw'), 'kw', 'hp')).toBeCloseTo(150, 10)
  })

  it('leaves a value in its own unit alone', () => {
    expect(convertPower(150, 'hp', 'hp')).toBe(150)
  })

  it('knows the other unit', () => {
    expect([otherUnit('hp'), otherUnit('kw')]).toEqual(['kw', 'hp'])
  })
})
