import { computed, onBeforeUnmount, ref, shallowRef, type Ref } from 'vue'

import { readAllCars } from '../api/cars'
import type { Car } from '../api/types'
import { valueOf, type StockValue, type Worths } from '../lib/stock'
import type { Trouble } from '../lib/trouble'

/** So many cars of the stock are valued; a larger one is a batch's business. */
export const MOST_CARS = 2_000

/** All cars in stock, and what they are worth together. */
export function useStock(worths: Ref<Worths>, value: (cars: readonly Car[]) => Promise<boolean>) {
  const cars = shallowRef<readonly Car[] | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const isAll = ref(true)
  const valued = ref(false)
  let current = new AbortController()

  async function load() {
    current.abort()
    const { signal } = (current = new AbortController())
    const read: Car[] = []
    trouble.value = null
    const found = await readAllCars({ state: 'in_stock', sort: '-created' }, signal, (page) => {
      read.push(...page)
      return read.length < MOST_CARS
    })
    if (signal.aborted) return
    trouble.value = found
    if (found) return
    isAll.value = read.length < MOST_CARS
    cars.value = read
    valued.value = await value(read)
  }

  const sum = computed<StockValue | null>(() => (cars.value && valued.value ? valueOf(cars.value, worths.value) : null))

  onBeforeUnmount(() => current.abort())
  return { cars, trouble, isAll, sum, load }
}
