import { ref, shallowRef, watch } from 'vue'

import { api } from '../api/client'
import type { ModelCard } from '../api/types'

/** The card of a version, and why there is none. */
export function useModelCard(version: () => string) {
  const card = shallowRef<ModelCard | null>(null)
  const failed = ref(false)
  /** The server's own words where no such card is to be shown. */
  const missing = ref<string | null>(null)

  async function load() {
    const wanted = version()
    card.value = null
    failed.value = false
    missing.value = null
    let answer: ModelCard | undefined
    let reason: string | null = null
    try {
      const { data, error, response } = await api.GET('/api/v1/models/{version}', { params: { path: { version: wanted } } })
      // The client's types make lists of any length of the document's triples.
      answer = data as ModelCard | undefined
      if (response.status === 404 && error) reason = error.detail
    } catch {
      // No network; told to the reader like any other failure, below.
    }
    if (wanted !== version()) return
    card.value = answer ?? null
    missing.value = reason
    failed.value = answer === undefined && reason === null
  }

  watch(version, load, { immediate: true })

  return { card, failed, missing, load }
}
