import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import type { FilterQuery, Filters } from '../api/types'
import { FACETS, settle, type Facet } from '../lib/choices'
import { emptyDraft, type Draft } from '../lib/draft'
import { recall, remember } from '../lib/storage'
import { checkDraft } from '../lib/validation'

const KEY = 'dealership.draft'

/** Takes from a remembered draft what has the right type; the filters judge the words later. */
function restore(remembered: Record<string, unknown>): Draft {
  const draft = emptyDraft()
  const texts = ['year', 'mileage', 'power', 'askingPrice'] as const
  for (const field of texts) {
    const value = remembered[field]
    if (typeof value === 'string') draft[field] = value
  }
  for (const facet of FACETS) {
    const value = remembered[facet]
    if (typeof value === 'string') draft[facet] = value
  }
  if (typeof remembered.month === 'number') draft.month = remembered.month
  if (remembered.powerUnit === 'kw') draft.powerUnit = 'kw'
  return draft
}

/** The car being described, remembered between visits. */
export const useDraft = defineStore('draft', () => {
  const remembered = recall(KEY)
  const draft = ref<Draft>(restore(remembered))
  const automatic = ref(new Set(FACETS.filter((facet) => [remembered.automatic].flat().includes(facet))))

  const violations = computed(() => checkDraft(draft.value, new Date()))
  const complete = computed(() => Object.keys(violations.value).length === 0)

  const filterQuery = computed<FilterQuery>(() => {
    const chosen = (facet: Facet) => (automatic.value.has(facet) ? null : draft.value[facet])
    const query = {
      make: chosen('make'),
      model: chosen('model'),
      fuel: chosen('fuel'),
      gearbox: chosen('gearbox'),
      offer_type: chosen('offerType'),
    }
    return Object.fromEntries(Object.entries(query).filter(([, word]) => word !== null))
  })

  function choose(facet: Facet, value: string | null) {
    draft.value[facet] = value
    automatic.value.delete(facet)
    if (facet === 'make') draft.value.model = null
  }

  function settleWith(filters: Filters) {
    const settled = settle(draft.value, automatic.value, filters)
    Object.assign(draft.value, settled.choices)
    automatic.value = settled.automatic
  }

  /** Another car, described elsewhere. */
  function take(car: Draft) {
    draft.value = car
    automatic.value = new Set()
  }

  function reset() {
    draft.value = emptyDraft()
    automatic.value = new Set()
  }

  watch(
    [draft, automatic],
    () => remember(KEY, { ...draft.value, automatic: [...automatic.value] }),
    { deep: true },
  )

  return { draft, automatic, violations, complete, filterQuery, choose, settleWith, take, reset }
})
