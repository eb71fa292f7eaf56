import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { api } from '../api/client'
import type { FieldProblem } from '../api/types'
import { fieldOf, toRequest, type Draft, type DraftField } from '../lib/draft'
import type { Outcome } from '../lib/outcome'
import { readTrouble } from '../lib/trouble'

/** The last price asked for, and what became of it. */
export const useValuation = defineStore('valuation', () => {
  const outcome = shallowRef<Outcome>({ kind: 'none' })
  const pending = ref(false)
  /** The draft that the outcome answers. */
  const asked = shallowRef<Draft | null>(null)
  let current = new AbortController()

  async function fetchOutcome(draft: Draft, signal: AbortSignal): Promise<Outcome> {
    try {
      const { data, error, response } = await api.POST('/api/v1/valuations', { body: toRequest(draft), signal })
      return data ? { kind: 'priced', valuation: data } : readTrouble(response, error, Date.now())
    } catch {
      return { kind: 'offline' }
    }
  }

  /** Answers whether the outcome is this request's; a later request overtakes an earlier one. */
  async function ask(draft: Draft): Promise<boolean> {
    current.abort()
    const own = (current = new AbortController())
    const copy = { ...draft }
    pending.value = true
    const answer = await fetchOutcome(copy, own.signal)
    if (own.signal.aborted) return false
    pending.value = false
    asked.value = copy
    outcome.value = answer
    return true
  }

  function forget() {
    current.abort()
    pending.value = false
    asked.value = null
    outcome.value = { kind: 'none' }
  }

  const fieldProblems = computed(() => {
    const found = new Map<DraftField, FieldProblem>()
    if (outcome.value.kind !== 'refused') return found
    for (const problem of outcome.value.problem.errors ?? []) {
      const field = fieldOf(problem.field)
      if (field && !found.has(field)) found.set(field, problem)
    }
    return found
  })

  const hasFieldProblems = computed(() => fieldProblems.value.size > 0)

  /** The server's word on a field, until that field is changed. */
  function problemAt(field: DraftField, draft: Draft): FieldProblem | null {
    return asked.value?.[field] === draft[field] ? (fieldProblems.value.get(field) ?? null) : null
  }

  return { outcome, pending, asked, hasFieldProblems, ask, forget, problemAt }
})
