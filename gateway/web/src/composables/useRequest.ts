import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import { readTrouble, type Trouble } from '../lib/trouble'

/** What the generated client resolves to. */
export interface Answer<Data> {
  data?: Data
  error?: unknown
  response: Response
}

export interface Requesting<Arguments extends unknown[], Data> {
  /** Of the last answer that came as asked for; kept while the next one is on its way. */
  data: ShallowRef<Data | null>
  trouble: ShallowRef<Trouble | null>
  loading: Ref<boolean>
  /** Answers whether it succeeded and was not overtaken by a later call. */
  run: (...given: Arguments) => Promise<boolean>
  /** Back to nothing asked. */
  forget: () => void
}

/**
 * One kind of request: what came of the latest call of it. A call that is overtaken by another is aborted, and its
 * answer dropped.
 *
 *     const users = useRequest((signal) => api.GET('/api/v1/users', { signal }))
 */
export function useRequest<Arguments extends unknown[], Data>(
  ask: (signal: AbortSignal, ...given: Arguments) => Promise<Answer<Data>>,
): Requesting<Arguments, Data> {
  const data = shallowRef<Data | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const loading = ref(false)
  let current = new AbortController()

  async function run(...given: Arguments): Promise<boolean> {
    current.abort()
    const { signal } = (current = new AbortController())
    loading.value = true
    let found: Trouble | null = null
    let answer: Answer<Data> | null = null
    try {
      answer = await ask(signal, ...given)
      if (!answer.response.ok) found = readTrouble(answer.response, answer.error, Date.now())
    } catch {
      found = { kind: 'offline' }
    }
    if (signal.aborted) return false
    loading.value = false
    trouble.value = found
    if (found === null) data.value = answer?.data ?? null
    return found === null
  }

  function forget() {
    current.abort()
    loading.value = false
    data.value = null
    trouble.value = null
  }

  return { data, trouble, loading, run, forget }
}
