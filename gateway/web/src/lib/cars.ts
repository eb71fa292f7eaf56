import type { Car, CarState, ValuationRequest } from '../api/types'
import { messages } from '../messages'
import { format } from './format'
import { inWords } from './words'

export type CarVehicle = Car['vehicle']

/** In the order of a car's life. */
export const STATES: readonly CarState[] = ['offered', 'accepted', 'in_stock', 'sold', 'declined', 'withdrawn']

/** What a car can become, as the gateway has it (gateway/services/car_states.py); sales go by routes of their own. */
const MOVES: Record<CarState, readonly CarState[]> = {
  offered: ['accepted', 'in_stock', 'declined', 'withdrawn'],
  accepted: ['in_stock', 'declined', 'withdrawn'],
  in_stock: ['withdrawn'],
  sold: [],
  declined: ['offered'],
  withdrawn: ['offered'],
}

export const movesOf = (state: CarState) => MOVES[state]
export const canBecome = (car: Car, state: CarState) => MOVES[car.state].includes(state)

export const TONES: Record<CarState, 'neutral' | 'good' | 'notice' | 'bad'> = {
  offered: 'notice',
  accepted: 'good',
  in_stock: 'good',
  sold: 'neutral',
  declined: 'neutral',
  withdrawn: 'neutral',
}

export const nameOf = ({ make, model }: { make: string; model: string }) => `${make} ${model}`

/** The server's labels of its own words, which texts of other languages go by. */
const LABELS: Record<string, string> = {
  petrol: 'Petrol',
  diesel: 'Diesel',
  hybrid_petrol: 'Petrol hybrid',
  hybrid_diesel: 'Diesel hybrid',
  electric: 'Electric',
  lpg: 'LPG',
  cng: 'CNG',
  ethanol: 'Ethanol',
  hydrogen: 'Hydrogen',
  other: 'Other',
  manual: 'Manual',
  automatic: 'Automatic',
  semi_automatic: 'Semi-automatic',
  used: 'Used',
  demonstration: 'Demonstration',
  employee: "Employee's car",
  pre_registered: 'Pre-registered',
  new: 'New',
}

/** The first and the last word of a field. */
const ENDS = { fuel: ['petrol', 'other'], gearbox: ['manual', 'semi_automatic'], offer_type: ['used', 'new'] } as const

/** A fuel, gearbox or offer type as readers know it. */
export const wordOf = (value: string) => inWords(LABELS[value] ?? value)

/** Choices of a field that has a few words alone. */
export const wordsOf = (field: 'fuel' | 'gearbox' | 'offer_type') => {
  const [first, last] = ENDS[field]
  const values = Object.keys(LABELS)
  return values.slice(values.indexOf(first), values.indexOf(last) + 1).map((value) => ({ value, label: wordOf(value) }))
}

export const powerOf = ({ power_hp: hp, power_kw: kw }: CarVehicle) =>
  `${format.whole(hp)} ${messages.form.units.hp} (${format.whole(kw)} ${messages.form.units.kw})`

export const mileageOf = ({ mileage_km: km }: { mileage_km: number }) => `${format.whole(km)} km`

/** What tells one car of a model from another, in a line. */
export const detailsOf = (vehicle: Omit<CarVehicle, 'power_kw'>) =>
  [wordOf(vehicle.fuel), wordOf(vehicle.gearbox), `${format.whole(vehicle.power_hp)} ${messages.form.units.hp}`].join(' · ')

/** The same with its age and mileage, where no columns tell them. */
export const summaryOf = (vehicle: CarVehicle) =>
  [format.registration(vehicle.first_registration), mileageOf(vehicle), detailsOf(vehicle)].join(' · ')

/** The request that values a car as it is today. */
export function toValue({ vehicle, price_eur: asked }: Pick<Car, 'vehicle' | 'price_eur'>): ValuationRequest {
  // One power says it all; two that were rounded might disagree.
  return { ...vehicle, power_kw: null, ...(asked === null ? {} : { asking_price_eur: asked }) }
}
