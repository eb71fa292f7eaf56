import { shallowRef } from 'vue'

import { api } from '../api/client'
import type { Car, CarQuery } from '../api/types'
import { useRequest } from './useRequest'

/** A list of cars as far as it was read; another query begins it anew. */
export function useCarList() {
  const cars = shallowRef<readonly Car[] | null>(null)
  const more = shallowRef<string | null>(null)
  let asked: CarQuery = {}
  const { data, trouble, loading, run } = useRequest((signal, query: CarQuery) => api.GET('/api/v1/cars', { params: { query }, signal }))

  async function load(query: CarQuery) {
    asked = query
    if (!(await run(query)) || !data.value) return
    cars.value = data.value.cars
    more.value = data.value.next
  }

  async function loadMore() {
    if (more.value === null || !(await run({ ...asked, cursor: more.value })) || !data.value) return
    cars.value = [...(cars.value ?? []), ...data.value.cars]
    more.value = data.value.next
  }

  return { cars, more, trouble, loading, load, loadMore, reload: () => load(asked) }
}
