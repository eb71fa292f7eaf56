import type { Comparison } from '../api/types'
import { format } from './format'

export interface Pair {
  value: number | null
  other: number | null
  difference: number | null
}

type Better = 'lower' | 'higher' | 'promise' | 'nearZero'

/** The figures that are compared, in the order of reading: how each is written, and which of two is the better one. */
export const FIGURES = {
  mdape_percent: { show: (value: number) => format.tenthPercent(value), better: 'lower' },
  mae_eur: { show: (value: number) => format.euros(value), better: 'lower' },
  mae_up_to_100k_eur: { show: (value: number) => format.euros(value), better: 'lower' },
  mape_percent: { show: (value: number) => format.tenthPercent(value), better: 'lower' },
  rmse_eur: { show: (value: number) => format.euros(value), better: 'lower' },
  r2: { show: (value: number) => format.hundredths(value), better: 'higher' },
  bias_percent: { show: (value: number) => format.signedPercent(value), better: 'nearZero' },
  coverage_percent: { show: (value: number) => format.tenthPercent(value), better: 'promise' },
  mean_width_percent: { show: (value: number) => format.tenthPercent(value), better: 'lower' },
} as const satisfies Record<string, { show: (value: number) => string; better: Better }>

export type Figure = keyof typeof FIGURES
export const isFigure = (name: string): name is Figure => name in FIGURES

/** A difference with its sign; of shares it is in per cent points, which the text around it says. */
export function difference(figure: Figure, value: number): string {
  if (figure.endsWith('_eur')) return format.signedEuros(value)
  return figure === 'r2' ? format.signedHundredths(value) : format.signedTenths(value)
}

const FAR: Record<Better, (value: number, promised: number) => number> = {
  lower: (value) => value,
  higher: (value) => -value,
  promise: (value, promised) => Math.abs(value - promised),
  nearZero: (value) => Math.abs(value),
}

/** Whether the first of two is better by what is shown of them; null where one of them is not known. */
export function verdict(figure: Figure, pair: Pair, promised: number): 'better' | 'worse' | 'same' | null {
  if (pair.value === null || pair.other === null) return null
  const { show, better } = FIGURES[figure]
  if (show(pair.value) === show(pair.other)) return 'same'
  const [own, theirs] = [FAR[better](pair.value, promised), FAR[better](pair.other, promised)]
  if (own === theirs) return 'same'
  return own < theirs ? 'better' : 'worse'
}

/** What the market is parted by, in the cards' order, of segments that have another to compare with. */
export function partings(segments: Comparison['segments']): string[] {
  const all = segments.map(({ by }) => by)
  return [...new Set(all)].filter((by) => all.indexOf(by) !== all.lastIndexOf(by))
}

/** The labels of words: the segments name words alone, the market's effects have their labels too. */
export function labelsOf(market: Comparison['market']): Map<string, string> {
  return new Map(market.flatMap(({ feature, points }) => points.map(({ at, label }) => [`${feature} ${at}`, label] as const)))
}
