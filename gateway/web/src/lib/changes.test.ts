import { expect, it } from 'vitest'

import type { Contribution } from '../api/types'
import { raisingAndLowering } from './changes'

const effect = (feature: string, effect_eur: number): Contribution =>
  ({ feature, label: feature, value: '', typical: '', effect_eur, effect_percent: 0 })

it('sorts effects by their sign and size, and leaves out what is as typical', () => {
  const contributions = [effect('a', 20), effect('b', -5), effect('c', 300), effect('d', 0.2)]
  const { raising, lowering } = raisingAndLowering({ base_eur: 10_000, contributions })
  expect(raising.map(({ contribution, shownEur }) => [contribution.feature, shownEur])).toEqual([['c', 300], ['a', 20]])
  expect(lowering.map(({ contribution }) => contribution.feature)).toEqual(['b'])
})
