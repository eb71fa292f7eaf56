import { computed, ref, shallowRef, watch } from 'vue'

import { api } from '../api/client'
import type { Coefficients, Filters } from '../api/types'

/** The coefficients of a make and model, or of the whole market, with what there is to choose from and was seen. */
export function useCoefficients(make: () => string | null, model: () => string | null, forget: () => void) {
  const coefficients = shallowRef<Coefficients | null>(null)
  const filters = shallowRef<Filters | null>(null)
  const loading = ref(false)
  const failed = ref(false)
  let current = new AbortController()

  /** The choice; of a make alone there are the models to choose from, and the whole market's coefficients. */
  const query = computed(() => {
    const [chosenMake, chosenModel] = [make(), model()]
    return {
      ...(chosenMake === null ? {} : { make: chosenMake }),
      ...(chosenModel === null ? {} : { model: chosenModel }),
    }
  })

  async function load() {
    current.abort()
    const { signal } = (current = new AbortController())
    loading.value = true
    failed.value = false
    try {
      const [effects, choices] = await Promise.all([
        api.GET('/api/v1/coefficients', { params: { query: model() === null ? {} : query.value }, signal }),
        api.GET('/api/v1/filters', { params: { query: query.value }, signal }),
      ])
      if (signal.aborted) return
      // An address of another version's time: this one does not know the car.
      if (make() !== null && [effects, choices].some(({ response }) => response.status === 422)) return forget()
      coefficients.value = effects.data ?? null
      filters.value = choices.data ?? null
    } catch {
      // No network, or overtaken by another choice.
      if (signal.aborted) return
      coefficients.value = null
    }
    loading.value = false
    failed.value = coefficients.value === null || filters.value === null
  }

  watch(query, load, { immediate: true })

  return { coefficients, filters, loading, failed, load }
}
