import { computed, ref, shallowRef, watch } from 'vue'

import { api } from '../api/client'
import type { Coefficients, Filters } from '../api/types'

interface Wanted {
  version: () => string
  make: () => string | null
  model: () => string | null
  /** The car is one that is not known any more. */
  forget: () => void
}

/**
 * A version's coefficients of a make and model, or of the whole market, with what there is to choose from. What there
 * is to choose is the served version's: another one may not know it.
 */
export function useCoefficients({ version, make, model, forget }: Wanted) {
  const coefficients = shallowRef<Coefficients | null>(null)
  const filters = shallowRef<Filters | null>(null)
  const loading = ref(false)
  const failed = ref(false)
  /** The version has no coefficients of this car. */
  const unknown = ref(false)
  let current = new AbortController()

  /** The choice; of a make alone there are the models to choose from, and the whole market's coefficients. */
  const choice = computed(() => {
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
      const query = { version: version(), ...(model() === null ? {} : choice.value) }
      const [effects, choices] = await Promise.all([
        api.GET('/api/v1/coefficients', { params: { query }, signal }),
        api.GET('/api/v1/filters', { params: { query: choice.value }, signal }),
      ])
      if (signal.aborted) return
      // An address of another version's time: what prices now does not know the car.
      if (make() !== null && choices.response.status === 422) return forget()
      unknown.value = effects.response.status === 422
      coefficients.value = effects.data ?? null
      filters.value = choices.data ?? null
    } catch {
      // No network, or overtaken by another choice.
      if (signal.aborted) return
      unknown.value = false
      coefficients.value = null
    }
    loading.value = false
    failed.value = !unknown.value && coefficients.value === null
  }

  watch([choice, version], load, { immediate: true })

  return { coefficients, filters, loading, failed, unknown, load }
}
