import { computed, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'

import type { Trouble } from '../lib/trouble'
import { useRequest } from './useRequest'

type Asked<Page> = Promise<{ data?: Page; error?: unknown; response: Response }>

export interface Pages<Row> {
  /** Of all pages so far; null until the first has come. */
  rows: ShallowRef<readonly Row[] | null>
  /** Whether there is another page. */
  more: ComputedRef<boolean>
  trouble: ShallowRef<Trouble | null>
  loading: Ref<boolean>
  /** From the beginning. */
  load: () => Promise<void>
  loadMore: () => Promise<void>
}

/** A list that comes page by page, each with where the next one begins. */
export function usePages<Row, Next, Page extends { next: Next | null }>(
  ask: (signal: AbortSignal, next: Next | null) => Asked<Page>,
  rowsOf: (page: Page) => readonly Row[],
): Pages<Row> {
  const rows = shallowRef<readonly Row[] | null>(null)
  const { data, trouble, loading, run } = useRequest(ask)

  async function load() {
    rows.value = null
    if ((await run(null)) && data.value) rows.value = rowsOf(data.value)
  }

  async function loadMore() {
    const next = data.value?.next ?? null
    if (next === null || !(await run(next)) || !data.value) return
    rows.value = [...(rows.value ?? []), ...rowsOf(data.value)]
  }

  return { rows, more: computed(() => data.value?.next != null), trouble, loading, load, loadMore }
}
