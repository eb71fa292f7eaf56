import { expect, it } from 'vitest'

import type { Contribution } from '../api/types'
import { raisingAndLowering } from './changes'

const effect = (feature: string, effect_eur: number): Contribution =>
  ({ feature, label: feature, value: '', typical: '', effect_eur, effect_percent: 0 })

it('sorts effects by their sign and size, and leaves out what is as typical', () => {
  const { raising, lowering } = raisingAndLowering([effect('a', 20), effect('b', -5), effect('c', 300), effect('d', 0.4)])
  expect(raising.map(({ feature }) => feature)).toEqual(['c', 'a'])
  expect(lowering.map(({ feature }) => feature)).toEqual(['b'])
})
