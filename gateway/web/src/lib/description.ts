import { messages } from '../messages'
import { format } from './format'
import { convertPower, type PowerUnit } from './power'

interface Described {
  first_registration: string
  mileage_km: number
  power_hp: number
}

/** A car's numbers: "May 2021 · 60,000 km · 110 hp", and what else there is to say of it. */
export function describe({ first_registration, mileage_km, power_hp }: Described, unit: PowerUnit, words: readonly string[] = []): string {
  return [
    format.registration(first_registration),
    `${format.whole(mileage_km)} km`,
    `${format.whole(convertPower(power_hp, 'hp', unit))} ${messages.form.units[unit]}`,
    ...words,
  ]
    .filter(Boolean)
    .join('\u00a0· ')
}
