import type { Car } from '../api/types'
import { messages } from '../messages'
import { mileageOf } from './cars'
import type { Column } from './columns'
import { format } from './format'

const eurosOr = (value: number | null) => (value === null ? null : format.euros(value))

/** Hidden until somebody shows them. */
export const HIDDEN_AT_FIRST: readonly string[] = ['contact', 'note']

/** The columns of the desk's list of cars. */
export function carColumns(): Column<Car>[] {
  const { columns: names } = messages.desk
  return [
    { key: 'car', label: names.car, heads: true },
    { key: 'state', label: names.state },
    { key: 'registration', label: names.registration, sort: 'registration', text: ({ vehicle }) => format.registration(vehicle.first_registration) },
    { key: 'mileage', label: names.mileage, numeric: true, sort: 'mileage', text: ({ vehicle }) => mileageOf(vehicle) },
    { key: 'price', label: names.price, numeric: true, sort: 'price', text: (car) => eurosOr(car.price_eur) },
    { key: 'estimate', label: names.estimate, numeric: true, text: (car) => eurosOr(car.estimate_eur) },
    { key: 'today', label: names.today, numeric: true },
    { key: 'created', label: names.created, sort: 'created', text: (car) => format.dayOfMoment(car.created_at) },
    { key: 'contact', label: names.contact, text: ({ contact }) => contact?.name ?? contact?.email ?? contact?.phone ?? null },
    { key: 'note', label: names.note, text: ({ note }) => note },
  ]
}
