import type { Valuation, ValuationRequest } from '../api/types'
import type { Span } from './curve'
import { roundTicks } from './ticks'

/** What the market's prices make of a car at another age or mileage: the requests that ask for them. */

const YEARS = [0, 1, 2, 3, 4, 5] as const
/** How far beyond the oldest car of its model that was seen a price is still asked for; further on it may be refused. */
const BEYOND_YEARS = 1.9
const LEAST_KM_A_YEAR = 5_000
const MOST_KM_A_YEAR = 40_000
const USUAL_KM_A_YEAR = 15_000
const MILEAGES = 7

/** The request for a car that was valued, of what is the car alone. */
export function requestFor(vehicle: Valuation['vehicle']): ValuationRequest {
  const { make, model, fuel, gearbox, offer_type, first_registration, mileage_km, power_hp } = vehicle
  return { make, model, fuel, gearbox, offer_type, first_registration, mileage_km, power_hp }
}

/** How far the car was driven a year so far; what is usual where it is too new to tell. */
export function kmAYear(mileageKm: number, ageYears: number): number {
  if (ageYears < 1) return USUAL_KM_A_YEAR
  const rounded = Math.round(mileageKm / ageYears / 1000) * 1000
  return Math.min(Math.max(rounded, LEAST_KM_A_YEAR), MOST_KM_A_YEAR)
}

/** The car in so many years, by today's market: registered that much earlier, driven that much further, and used. */
export function aged(request: ValuationRequest, years: number, km: number): ValuationRequest {
  if (years === 0) return request
  const [year, ...month] = request.first_registration.split('-')
  return {
    ...request,
    offer_type: 'used',
    first_registration: [Number(year) - years, ...month].join('-'),
    mileage_km: request.mileage_km + years * km,
  }
}

/** The next years for which there are prices: cars of a model are seen up to some age only. */
export const yearsAhead = (ageYears: number, seen: Span | null) =>
  YEARS.filter((years) => years === 0 || seen === null || ageYears + years <= seen.max + BEYOND_YEARS)

/** Round mileages around the car's own, which is among them, as far as such cars were seen. */
export function mileagesAround(mileageKm: number, seen: Span | null): number[] {
  const low = Math.max(mileageKm * 0.25, seen?.min ?? 0)
  const high = Math.min(mileageKm * 2 + 40_000, seen?.max ?? Infinity)
  if (!(high > low)) return [mileageKm]
  return [...new Set([...roundTicks(low, high, MILEAGES), mileageKm])].sort((a, b) => a - b)
}

/** From the least to the most that a slider reaches: what was seen, and the car's own in any case. */
export function reach(own: number, seen: Span | null, step: number): Span {
  const { min, max } = seen ?? { min: own / 2, max: own * 2 }
  return { min: Math.floor(Math.min(min, own) / step) * step, max: Math.ceil(Math.max(max, own) / step) * step }
}

/** Whether what was sure at one point stays so: up to where the range still claims its coverage. */
export function sureSpan(points: readonly { x: number; sure: boolean }[]): Span | null {
  const sure = points.filter((point) => point.sure).map(({ x }) => x)
  return sure.length ? { min: Math.min(...sure), max: Math.max(...sure) } : null
}
