import { messages } from '../messages'
import { mileageOf, wordOf } from './cars'
import { format } from './format'

interface Described {
  first_registration: string
  mileage_km: number
  power_hp: number
  fuel: string
  gearbox: string
}

/** What tells one Golf from another, in a line: "May 2016 · 60,000 km · 110 hp · Petrol · Manual". */
export function tellApart(car: Described): string {
  return [
    format.registration(car.first_registration),
    mileageOf(car),
    `${format.whole(car.power_hp)} ${messages.form.units.hp}`,
    wordOf(car.fuel),
    wordOf(car.gearbox),
    // A line may break behind a dot, never before it.
  ].join('\u00a0· ')
}
