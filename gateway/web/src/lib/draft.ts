import type { Valuation, ValuationRequest } from '../api/types'
import { parseTenths, parseWhole } from './numbers'
import type { PowerUnit } from './power'

/** The car as it stands in the form: words of the vocabulary, and numbers as they were typed. */
export interface Draft {
  make: string | null
  model: string | null
  fuel: string | null
  gearbox: string | null
  offerType: string | null
  year: string
  month: number | null
  mileage: string
  power: string
  /** The unit that `power` was typed in; the page may show another. */
  powerUnit: PowerUnit
  askingPrice: string
}

export type DraftField = keyof Draft

export const emptyDraft = (): Draft => ({
  make: null,
  model: null,
  fuel: null,
  gearbox: null,
  offerType: null,
  year: '',
  month: null,
  mileage: '',
  power: '',
  powerUnit: 'hp',
  askingPrice: '',
})

/** The request for a draft that checkDraft finds no fault with. */
export function toRequest(draft: Draft): ValuationRequest {
  const power = parseTenths(draft.power) ?? 0
  const month = draft.month === null ? '' : `-${String(draft.month).padStart(2, '0')}`
  const askingPrice = parseWhole(draft.askingPrice)
  return {
    make: draft.make ?? '',
    model: draft.model ?? '',
    fuel: draft.fuel ?? '',
    gearbox: draft.gearbox ?? '',
    ...(draft.offerType !== null && { offer_type: draft.offerType }),
    first_registration: `${draft.year.trim()}${month}`,
    mileage_km: parseWhole(draft.mileage) ?? 0,
    ...(draft.powerUnit === 'hp' ? { power_hp: power } : { power_kw: power }),
    ...(askingPrice !== null && { asking_price_eur: askingPrice }),
  }
}

/** A car that was valued, as it stands in the form. */
export function draftOf(vehicle: Valuation['vehicle']): Draft {
  const [year, month] = vehicle.first_registration.split('-')
  return {
    ...emptyDraft(),
    make: vehicle.make,
    model: vehicle.model,
    fuel: vehicle.fuel,
    gearbox: vehicle.gearbox,
    offerType: vehicle.offer_type,
    year: year ?? '',
    month: month ? Number(month) : null,
    mileage: String(Math.round(vehicle.mileage_km)),
    power: String(Math.round(vehicle.power_hp)),
  }
}

const FIELDS: Record<string, DraftField> = {
  make: 'make',
  model: 'model',
  fuel: 'fuel',
  gearbox: 'gearbox',
  offer_type: 'offerType',
  first_registration: 'year',
  age_years: 'year',
  mileage_km: 'mileage',
  power_hp: 'power',
  power_kw: 'power',
  asking_price_eur: 'askingPrice',
}

/** The form's field for a name of the API, if the form has it. */
export const fieldOf = (apiName: string | null | undefined): DraftField | null => FIELDS[apiName ?? ''] ?? null
