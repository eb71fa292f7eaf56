import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { readTrouble, type Trouble } from '../lib/trouble'
import type { Answer } from './useRequest'

export interface Latest<Wanted, Data> {
  /** The newest answer, with what was wanted of it. */
  found: ShallowRef<{ wanted: Wanted; data: Data } | null>
  trouble: ShallowRef<Trouble | null>
  loading: Ref<boolean>
  want: (wanted: Wanted) => void
  /** Back to nothing wanted: an answer that is still on its way is dropped. */
  forget: () => void
}

/**
 * For what changes faster than it is answered, as a slider does: one request at a time, and then for what is wanted by
 * then. What was wanted between is never asked for, so that no request waits for another.
 */
export function useLatest<Wanted, Data>(
  ask: (signal: AbortSignal, wanted: Wanted) => Promise<Answer<Data>>,
): Latest<Wanted, Data> {
  const found: ShallowRef<{ wanted: Wanted; data: Data } | null> = shallowRef(null)
  const trouble = shallowRef<Trouble | null>(null)
  const loading = ref(false)
  let next: { wanted: Wanted } | null = null
  let current = new AbortController()

  async function answer(signal: AbortSignal, wanted: Wanted) {
    try {
      const { data, error, response } = await ask(signal, wanted)
      if (signal.aborted) return
      trouble.value = response.ok ? null : readTrouble(response, error, Date.now())
      if (response.ok && data !== undefined) found.value = { wanted, data }
    } catch {
      if (!signal.aborted) trouble.value = { kind: 'offline' }
    }
  }

  async function work() {
    const { signal } = current
    loading.value = true
    while (next !== null && !signal.aborted) {
      const { wanted } = next
      next = null
      await answer(signal, wanted)
    }
    if (!signal.aborted) loading.value = false
  }

  function want(wanted: Wanted) {
    next = { wanted }
    if (!loading.value) void work()
  }

  function forget() {
    current.abort()
    current = new AbortController()
    next = null
    loading.value = false
    found.value = null
    trouble.value = null
  }

  return { found, trouble, loading, want, forget }
}
