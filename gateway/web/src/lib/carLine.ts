import { messages } from '../messages'
import { format } from './format'
import { inWords } from './words'

interface Named {
  make: string
  model: string
}

interface Described {
  first_registration: string
  mileage_km: number
  power_hp: number
  fuel: string
  gearbox: string
}

export const nameOfCar = ({ make, model }: Named): string => `${make} ${model}`

/** The server's labels of its own words, by which they are said in other languages. */
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
}
const wordOf = (word: string) => inWords(LABELS[word] ?? word)

/** What tells one Golf from another, in a line: "May 2016 · 60,000 km · 110 hp · Petrol · Manual". */
export function tellApart(car: Described): string {
  return [
    format.registration(car.first_registration),
    `${format.whole(car.mileage_km)} km`,
    `${format.whole(car.power_hp)} ${messages.form.units.hp}`,
    wordOf(car.fuel),
    wordOf(car.gearbox),
    // A line may break behind a dot, never before it.
  ].join('\u00a0· ')
}
