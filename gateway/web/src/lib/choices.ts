import type { Filters, Option } from '../api/types'
import type { Draft } from './draft'
import { inWords } from './words'

/** The fields whose options narrow one another. */
export const FACETS = ['make', 'model', 'fuel', 'gearbox', 'offerType'] as const
export type Facet = (typeof FACETS)[number]

export type Choices = Pick<Draft, Facet>

/** Facets that the page filled in by itself; they never narrow the others. */
export type Automatic = ReadonlySet<Facet>

export const DEFAULT_OFFER_TYPE = 'used'

const inOwnWords = (option: Option): Option => ({ ...option, label: inWords(option.label) })

export function optionsOf(filters: Filters, facet: Facet): readonly Option[] {
  switch (facet) {
    case 'make':
      return filters.makes
    case 'model':
      return filters.models
    case 'fuel':
      return filters.fuels.map(inOwnWords)
    case 'gearbox':
      return filters.gearboxes.map(inOwnWords)
    case 'offerType':
      return filters.offer_types.map(inOwnWords)
  }
}

function choose(facet: Facet, current: string | null, automatic: boolean, options: readonly Option[], modelChosen: boolean) {
  const has = (value: string | null) => options.some((option) => option.value === value)
  // A choice of the user's own stays as long as it is possible.
  if (!automatic && has(current)) return { value: current, automatic: false }
  if (facet === 'offerType' && has(DEFAULT_OFFER_TYPE)) return { value: DEFAULT_OFFER_TYPE, automatic: true }
  const [only, ...others] = options
  if (facet !== 'make' && modelChosen && only && others.length === 0) return { value: only.value, automatic: true }
  return { value: null, automatic: false }
}

/**
 * Brings the choices in line with what can still be chosen: drops what has become impossible,
 * fills in what leaves no alternative, and gives back what it filled in when alternatives return.
 */
export function settle(choices: Choices, automatic: Automatic, filters: Filters): { choices: Choices; automatic: Set<Facet> } {
  const settled: Choices = { ...choices }
  const filledIn = new Set<Facet>()
  for (const facet of FACETS) {
    const chosen = choose(facet, choices[facet], automatic.has(facet), optionsOf(filters, facet), settled.model !== null)
    settled[facet] = chosen.value
    if (chosen.automatic) filledIn.add(facet)
  }
  return { choices: settled, automatic: filledIn }
}
