import type { LocationQuery } from 'vue-router'

import type { CarQuery, CarState } from '../api/types'
import { STATES } from './cars'
import type { Sorting } from './columns'

/** What is asked of the list of cars; it stands in the page's address, so that a link opens on it. */
export interface DeskQuery {
  q: string
  make: string | null
  /** Of the make; without one there is none. */
  model: string | null
  state: CarState | null
  sorting: Sorting
}

const ORDERS = ['created', 'price', 'mileage', 'registration'] as const
type Order = (typeof ORDERS)[number]
const NEWEST_FIRST: Sorting = { by: 'created', descending: true }
// What the API takes.
const LONGEST_SEARCH = 100

const word = (value: unknown) => (typeof value === 'string' ? value.trim() : '')

function readSorting(text: string): Sorting {
  const by = text.replace(/^-/, '')
  return ORDERS.includes(by as Order) ? { by, descending: text.startsWith('-') } : NEWEST_FIRST
}

/** From an address that anybody may have written: what cannot be meant is left out. */
export function readDeskQuery(query: LocationQuery): DeskQuery {
  const state = word(query.state) as CarState
  const make = word(query.make) || null
  return {
    q: word(query.q).slice(0, LONGEST_SEARCH),
    make,
    model: (make && word(query.model)) || null,
    state: STATES.includes(state) ? state : null,
    sorting: readSorting(word(query.sort)),
  }
}

const written = ({ by, descending }: Sorting) => (descending ? `-${by}` : by)

/** The address's query; what is as usual is not in it. */
export function toAddress({ q, make, model, state, sorting }: DeskQuery): Record<string, string> {
  const sort = written(sorting)
  return {
    ...(q && { q }),
    ...(make && { make }),
    ...(model && { model }),
    ...(state && { state }),
    ...(sort !== written(NEWEST_FIRST) && { sort }),
  }
}

/** The API's query. */
export function toCarQuery({ q, make, model, state, sorting }: DeskQuery): CarQuery {
  return {
    ...(q && { q }),
    ...(make && { make }),
    ...(make && model && { model }),
    ...(state && { state }),
    sort: written(sorting) as NonNullable<CarQuery['sort']>,
  }
}
