import { readTrouble, type Trouble } from '../lib/trouble'
import { api } from './client'
import type { Car, CarQuery } from './types'

const LARGEST_PAGE = 100

/**
 * All pages of a list of cars, one after another; `take` answers whether to go on. Answers what was wrong, if anything.
 */
export async function readAllCars(query: CarQuery, signal: AbortSignal, take: (cars: Car[]) => boolean): Promise<Trouble | null> {
  let cursor: string | null = null
  try {
    for (;;) {
      const page: CarQuery = { ...query, limit: LARGEST_PAGE, ...(cursor === null ? {} : { cursor }) }
      const { data, error, response } = await api.GET('/api/v1/cars', { params: { query: page }, signal })
      if (!data) return readTrouble(response, error, Date.now())
      cursor = data.next
      if (!take(data.cars) || cursor === null) return null
    }
  } catch {
    return signal.aborted ? null : { kind: 'offline' }
  }
}
