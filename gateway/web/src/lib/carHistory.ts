import type { CarEvent, CarState } from '../api/types'
import { messages } from '../messages'
import { wordOf } from './cars'
import { format } from './format'

/** Told by others of the same change. */
const SILENT = ['estimate_eur', 'price_is_own', 'deleted']
const EUROS = ['price_eur', 'estimate_eur', 'sale_price_eur']
const WORDS = ['fuel', 'gearbox', 'offer_type']

/** A field's value as readers know it. */
export function shown(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return messages.common.none
  if (field === 'state') return messages.desk.states[value as CarState]
  if (EUROS.includes(field)) return format.euros(Number(value))
  if (field === 'mileage_km') return `${format.whole(Number(value))} km`
  if (field === 'power_hp') return format.tenths(Number(value))
  if (field === 'first_registration') return format.registration(String(value))
  if (field === 'sold_on') return format.day(String(value))
  return WORDS.includes(field) ? wordOf(String(value)) : String(value)
}

/** What an event changed, a line each. Of a car's first event all is new, and only its price says something. */
export function linesOf({ changes }: CarEvent, isFirst: boolean): string[] {
  return Object.entries(changes)
    .filter(([field]) => !SILENT.includes(field) && (!isFirst || field === 'price_eur'))
    .map(([field, [before, after]]) => {
      const label = messages.desk.fields[field] ?? field
      if (before === null && after === null) return `${label}: ${messages.deskCar.wasChanged}`
      return before === null || before === undefined
        ? `${label}: ${shown(field, after)}`
        : `${label}: ${messages.deskCar.changedTo(shown(field, before), shown(field, after))}`
    })
}

/** How long accounts' ids are told: enough to tell them apart. */
const ID_LETTERS = 6

export function whoOf({ who, who_name: name }: Pick<CarEvent, 'who' | 'who_name'>, ownId: string | undefined): string {
  if (who === ownId) return messages.deskCar.you
  if (who === 'customer') return messages.deskCar.customer
  if (who === 'command') return messages.deskCar.command
  return name ?? messages.deskCar.account(who.slice(0, ID_LETTERS))
}
