import { onBeforeUnmount, watch } from 'vue'

import { useDraft } from '../stores/draft'
import { useValuation } from '../stores/valuation'

const PAUSE_MS = 250

/** Asks for the price on demand, and after the first answer by itself whenever the car changes. */
export function useValuing() {
  const store = useDraft()
  const valuation = useValuation()
  let timer: ReturnType<typeof setTimeout> | undefined

  function askNow() {
    clearTimeout(timer)
    return valuation.ask(store.draft)
  }

  watch(
    () => store.draft,
    () => {
      clearTimeout(timer)
      // Nothing was asked yet, or the server asked for a pause.
      const { kind } = valuation.outcome
      if (kind !== 'priced' && kind !== 'refused') return
      timer = setTimeout(() => {
        if (store.complete) void valuation.ask(store.draft)
      }, PAUSE_MS)
    },
    { deep: true },
  )

  onBeforeUnmount(() => clearTimeout(timer))

  return { askNow }
}
