import { computed, watch } from 'vue'

import type { FilterQuery } from '../api/types'
import { FACETS, optionsOf, type Facet } from '../lib/choices'
import { messages } from '../messages'
import { useDraft } from '../stores/draft'
import { useFilters } from '../stores/filters'

/** Keeps the options in step with the choices, and the choices possible. */
export function useFacets() {
  const store = useDraft()
  const filters = useFilters()

  async function load(query: FilterQuery) {
    const loaded = await filters.load(query)
    if (loaded && filters.filters) store.settleWith(filters.filters)
    for (const facet of filters.notUnderstood) store.choose(facet, null)
  }

  watch(
    () => store.filterQuery,
    (query, before) => {
      if (JSON.stringify(query) !== JSON.stringify(before)) void load(query)
    },
    { immediate: true },
  )

  const options = (facet: Facet) => (filters.filters ? optionsOf(filters.filters, facet) : [])

  function labelOf(facet: Facet): string | null {
    const value = store.draft[facet]
    return options(facet).find((option) => option.value === value)?.label ?? value
  }

  /** Why a facet's list is short: the reader's own other choices. */
  const narrowedBy = computed(() => (facet: Facet) => {
    const others = FACETS.filter(
      (other) =>
        other !== facet && store.draft[other] !== null && !store.automatic.has(other) && !(facet === 'make' && other === 'model'),
    )
    return others.length ? messages.form.narrowed(others.map(labelOf).join(', ')) : null
  })

  return { options, narrowedBy, reload: () => load(store.filterQuery) }
}
