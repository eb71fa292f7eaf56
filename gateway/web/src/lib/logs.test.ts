import { describe, expect, it } from 'vitest'

import { percentOfLog } from './logs'

describe('percentOfLog', () => {
  it('is the share more or less that a log stands for', () => {
    expect(percentOfLog(0.1)).toBeCloseTo(10.517, 3)
    expect(percentOfLog(Math.log(0.5))).toBeCloseTo(-50, 9)
    expect(percentOfLog(0)).toBe(0)
  })
})
