import type { Car } from '../api/types'

/** What a car is worth today, by the market; null where the model knows no such car, or gave no price. */
export interface Worth {
  price: number
  low: number
  high: number
}

export type Worths = ReadonlyMap<string, Worth | null>

/** A car whose asking price lies outside the range of today's market. */
export interface Drifted {
  car: Car
  worth: Worth
  /** Of the asking price from today's value, as a share of the value. */
  share: number
}

export interface StockValue {
  cars: number
  /** Of the cars that have a price of ours: the sums can be compared. */
  worth: number
  asked: number
  unpriced: number
  /** The farthest first. */
  drifted: readonly Drifted[]
}

/** The share by which an asking price is above a car's worth, where it is outside its range. */
export function driftOf(asked: number | null, worth: Worth | null | undefined): number | null {
  if (asked === null || !worth || (asked >= worth.low && asked <= worth.high)) return null
  return asked / worth.price - 1
}

export function valueOf(cars: readonly Car[], worths: Worths): StockValue {
  const found = { worth: 0, asked: 0, unpriced: 0 }
  const drifted: Drifted[] = []
  for (const car of cars) {
    const worth = worths.get(car.id)
    if (!worth) {
      found.unpriced += 1
      continue
    }
    found.worth += worth.price
    found.asked += car.price_eur ?? worth.price
    const share = driftOf(car.price_eur, worth)
    if (share !== null) drifted.push({ car, worth, share })
  }
  return { cars: cars.length, ...found, drifted: drifted.sort((a, b) => Math.abs(b.share) - Math.abs(a.share)) }
}
