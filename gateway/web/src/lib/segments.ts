import type { Segment } from '../api/types'
import { messages } from '../messages'
import { spanOf, type Span } from './curve'
import { format } from './format'
import { inWords } from './words'

/** The figures that a card has of each part of the market: how they are written, and what they are held against. */
export const MEASURES = {
  mdape_percent: { show: (value: number) => format.tenthPercent(value), against: 'all' },
  mae_eur: { show: (value: number) => format.euros(value), against: 'all' },
  bias_percent: { show: (value: number) => format.signedPercent(value), against: 'nothing' },
  coverage_percent: { show: (value: number) => format.tenthPercent(value), against: 'promise' },
  mean_width_percent: { show: (value: number) => format.tenthPercent(value), against: 'all' },
} as const

export type Measure = keyof typeof MEASURES
export type Measured = Segment[Measure]

/** What the market is parted by, in the card's own order; a part without another to compare with says nothing. */
export function dimensionsOf(segments: readonly Segment[]): string[] {
  const all = segments.map((segment) => segment.by)
  return [...new Set(all)].filter((by) => all.indexOf(by) !== all.lastIndexOf(by))
}

/** How a dimension's numbers are written; they are cut just below a band's end, and listings are whole. */
const NUMBERS: Record<string, { show: (value: number) => string; last: (end: number) => number }> = {
  price_eur: { show: (value: number) => format.euros(value), last: (end) => end },
  age_years: { show: (value: number) => format.whole(value), last: (end) => end },
  'listings of the model': { show: (value: number) => format.whole(value), last: (end) => end - 1 },
}

export function nameOf(segment: Segment): string {
  if ('word' in segment) return inWords(segment.label)
  const { show, last } = NUMBERS[segment.by] ?? { show: (value: number) => format.tenths(value), last: (end: number) => end }
  const { from, to } = segment
  if (to === null) return messages.segments.andMore(show(from))
  if (from === 0) return messages.segments.below(show(to))
  return messages.segments.fromTo(show(from), show(last(to)))
}

/**
 * The scale that intervals are drawn on. Errors and widths begin at nothing, so that twice as far is twice as bad;
 * shares inside the range end at all.
 */
export function scaleOf(measure: Measure, intervals: readonly Measured[], reference: number): Span {
  const ends = [...intervals.flat(), reference]
  if (measure === 'bias_percent') {
    const widest = Math.max(...ends.map(Math.abs))
    return spanOf([-widest, widest])
  }
  return spanOf([...ends, measure === 'coverage_percent' ? 100 : 0])
}
