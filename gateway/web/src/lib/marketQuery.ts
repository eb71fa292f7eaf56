import type { LocationQuery } from 'vue-router'

import type { ListingQuery } from '../api/types'
import type { Sorting } from './columns'

/** What is asked of the market; it stands in the page's address. */
export interface MarketQuery {
  make: string | null
  model: string | null
  minPrice: number | null
  maxPrice: number | null
  maxMileage: number | null
  sorting: Sorting
}

const ORDERS = ['price', 'mileage', 'registration', 'seen']
const NEWEST_FIRST: Sorting = { by: 'seen', descending: true }
const HIGHEST_PRICE = 5_000_000
const HIGHEST_MILEAGE = 2_000_000

const word = (value: unknown) => (typeof value === 'string' && value.trim() ? value.trim() : null)

function whole(value: unknown, highest: number): number | null {
  const text = word(value)
  return text !== null && /^\d+$/.test(text) && Number(text) <= highest ? Number(text) : null
}

/** From an address that anybody may have written: what cannot be meant is left out. */
export function readMarketQuery(query: LocationQuery): MarketQuery {
  const sort = word(query.sort) ?? ''
  const by = sort.replace(/^-/, '')
  const make = word(query.make)
  return {
    make,
    model: make === null ? null : word(query.model),
    minPrice: whole(query.min, HIGHEST_PRICE),
    maxPrice: whole(query.max, HIGHEST_PRICE),
    maxMileage: whole(query.km, HIGHEST_MILEAGE),
    sorting: ORDERS.includes(by) ? { by, descending: sort.startsWith('-') } : NEWEST_FIRST,
  }
}

const written = ({ by, descending }: Sorting) => (descending ? `-${by}` : by)

export function toMarketAddress({ make, model, minPrice, maxPrice, maxMileage, sorting }: MarketQuery): Record<string, string> {
  const sort = written(sorting)
  const all = { make, model, min: minPrice, max: maxPrice, km: maxMileage, sort: sort === written(NEWEST_FIRST) ? null : sort }
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])))
}

/** The API's query, of what is on offer; null where no make is chosen, which it needs. */
export function toListingQuery({ make, model, minPrice, maxPrice, maxMileage, sorting }: MarketQuery): ListingQuery | null {
  if (make === null) return null
  return {
    make,
    on_offer: true,
    sort: written(sorting) as NonNullable<ListingQuery['sort']>,
    ...(model !== null && { model }),
    ...(minPrice !== null && { min_price_eur: minPrice }),
    ...(maxPrice !== null && { max_price_eur: maxPrice }),
    ...(maxMileage !== null && { max_mileage_km: maxMileage }),
  }
}
