import type { CoefficientPoint, FeatureCoefficients, Filters, Option } from '../api/types'
import { messages } from '../messages'
import { spanOf, widened, type Span } from './curve'
import { format } from './format'
import { convertPower, type PowerUnit } from './power'

/** An effect in words: in euros with its share beside it, or as a share where there is no base. */
export function effectInWords({ effect_eur, effect_percent }: CoefficientPoint): string {
  const percent = format.signedPercent(effect_percent)
  return effect_eur === null ? percent : `${format.signedEuros(effect_eur)} (${percent})`
}

/** What an effect's chart is drawn by. */
export const heightOf = (point: CoefficientPoint) => point.effect_eur ?? point.effect_percent

export const showHeight = (height: number, inEuros: boolean) =>
  inEuros ? format.signedEuros(height) : format.signedWholePercent(height)

/** A number of a feature in the reader's unit; all but power have one alone. */
export interface Scale {
  unit: string
  convert: (value: number) => number
}

export function scaleFor({ feature, unit }: FeatureCoefficients, powerUnit: PowerUnit): Scale {
  if (feature !== 'power_hp') return { unit: unit ?? '', convert: (value) => value }
  return { unit: messages.form.units[powerUnit], convert: (value) => convertPower(value, 'hp', powerUnit) }
}

const SPANS = { age_years: 'age_years', mileage_km: 'mileage_km', power_hp: 'power_hp' } as const
const WORDS = { fuel: 'fuels', gearbox: 'gearboxes', offer_type: 'offer_types' } as const

/** The numbers that were among these listings; null where nothing is known of them. */
export function seenSpan(filters: Filters | null, feature: string): Span | null {
  return filters !== null && feature in SPANS ? filters[SPANS[feature as keyof typeof SPANS]] : null
}

/** The words that were among these listings; null where nothing is known of them. */
export function seenWords(filters: Filters | null, feature: string): readonly Option[] | null {
  return filters !== null && feature in WORDS ? filters[WORDS[feature as keyof typeof WORDS]] : null
}

export interface Level {
  point: CoefficientPoint
  listings: number | null
  isTypical: boolean
}

/** The words of a feature from dear to cheap; those that were never seen say nothing of a model. */
export function levelsOf(coefficients: FeatureCoefficients, typical: string, seen: readonly Option[] | null): Level[] {
  return coefficients.points
    .filter(({ value }) => value === typical || seen === null || seen.some((option) => option.value === value))
    .sort((a, b) => b.effect_percent - a.effect_percent)
    .map((point) => ({
      point,
      listings: seen?.find((option) => option.value === point.value)?.listings ?? null,
      isTypical: point.value === typical,
    }))
}

/** One scale for the bars of several features, so that a long bar is a large effect everywhere. */
export const scaleOfBars = (features: readonly (readonly Level[])[]): Span =>
  widened(spanOf([0, ...features.flat().map(({ point }) => heightOf(point))]))
