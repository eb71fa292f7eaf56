import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { api } from '../api/client'
import type { FilterQuery, Filters, Problem } from '../api/types'
import { FACETS, type Facet } from '../lib/choices'
import { fieldOf } from '../lib/draft'

const facetsIn = (problem: Problem) =>
  FACETS.filter((facet) => problem.errors?.some((error) => fieldOf(error.field) === facet))

/** What can still be chosen, as the served model version has it. */
export const useFilters = defineStore('filters', () => {
  const filters = shallowRef<Filters | null>(null)
  /** The make whose models are listed. */
  const make = ref<string | null>(null)
  /** Choices that the served version does not know: remembered from another one. */
  const notUnderstood = shallowRef<readonly Facet[]>([])
  const loading = ref(false)
  const failed = ref(false)
  let current = new AbortController()

  /** Answers whether the options now stand for this query; an overtaken query does not count. */
  async function load(query: FilterQuery): Promise<boolean> {
    current.abort()
    const own = (current = new AbortController())
    loading.value = true
    let data: Filters | undefined
    let unknown: Facet[] = []
    try {
      const answer = await api.GET('/api/v1/filters', { params: { query }, signal: own.signal })
      data = answer.data
      if (answer.response.status === 422 && answer.error) unknown = facetsIn(answer.error)
    } catch {
      // No network; told to the reader like any other failure, below.
    }
    if (own.signal.aborted) return false
    loading.value = false
    notUnderstood.value = unknown
    failed.value = data === undefined && unknown.length === 0
    if (data) {
      filters.value = data
      make.value = query.make ?? null
    }
    return data !== undefined
  }

  const typical = computed(() => filters.value?.typical ?? null)
  const marketIsDemo = computed(() => filters.value?.market_is_demo ?? false)

  return { filters, make, notUnderstood, loading, failed, typical, marketIsDemo, load }
})
