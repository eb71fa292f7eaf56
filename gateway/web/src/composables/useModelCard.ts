import { computed, watch } from 'vue'

import { api } from '../api/client'
import type { ModelCard } from '../api/types'
import { useRequest } from './useRequest'

/** The card of a version, and why there is none. */
export function useModelCard(version: () => string) {
  const { data, trouble, run, forget } = useRequest((signal, wanted: string) =>
    api.GET('/api/v1/models/{version}', { params: { path: { version: wanted } }, signal }),
  )
  // The client's types make lists of any length of the document's triples.
  const card = computed(() => data.value as ModelCard | null)
  const missing = computed(() => trouble.value?.kind === 'missing')

  function load() {
    forget()
    void run(version())
  }

  watch(version, load, { immediate: true })

  return { card, trouble, missing, load }
}
