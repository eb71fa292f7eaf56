import { onBeforeUnmount, ref, shallowRef, triggerRef } from 'vue'

import { priceBatch } from '../api/batch'
import type { Car } from '../api/types'
import { lineReader } from '../lib/batch'
import { toValue } from '../lib/cars'
import type { Worth } from '../lib/stock'
import type { Trouble } from '../lib/trouble'

interface Line {
  input?: { id?: string }
  price_eur?: number | null
  low_eur?: number
  high_eur?: number
}

/** What cars are worth today, by their ids: asked for many at once, in one batch. */
export function useWorths() {
  const worths = shallowRef(new Map<string, Worth | null>())
  const trouble = shallowRef<Trouble | null>(null)
  const loading = ref(false)
  let current = new AbortController()

  function take({ input, price_eur: price, low_eur: low, high_eur: high }: Line) {
    if (input?.id === undefined) return
    const priced = typeof price === 'number' && low !== undefined && high !== undefined
    worths.value.set(input.id, priced ? { price, low, high } : null)
  }

  /** Answers whether all of them were answered for. */
  async function value(cars: readonly Car[]): Promise<boolean> {
    current.abort()
    const { signal } = (current = new AbortController())
    trouble.value = null
    if (cars.length === 0) return true
    loading.value = true
    const lines = cars.map((car) => JSON.stringify({ id: car.id, ...toValue(car) }))
    const reader = lineReader(take)
    const found = await priceBatch(new Blob([lines.join('\n')]), 'application/jsonl', {}, signal, reader.read)
    if (signal.aborted) return false
    reader.end()
    triggerRef(worths)
    loading.value = false
    trouble.value = found
    return found === null
  }

  onBeforeUnmount(() => current.abort())
  return { worths, trouble, loading, value }
}
