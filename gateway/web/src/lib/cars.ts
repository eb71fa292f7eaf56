import { format } from './format'

interface Named {
  make: string
  model: string
}

export const nameOfCar = ({ make, model }: Named): string => `${make} ${model}`

/** What tells one Golf from another, in a line: "May 2016 · 60,000 km · 110 hp". */
export function tellApart(
  car: { first_registration: string; mileage_km: number; power_hp: number },
  horsepower: string,
): string {
  return [
    format.registration(car.first_registration),
    `${format.whole(car.mileage_km)} km`,
    `${format.whole(car.power_hp)} ${horsepower}`,
  ].join(' · ')
}
