import { onBeforeUnmount, watch } from 'vue'

import { FACETS } from '../lib/choices'
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
    timer = undefined
    return valuation.ask(store.draft)
  }

  function follow(pauseMs: number) {
    clearTimeout(timer)
    // Nothing was asked yet, or the server asked for a pause.
    const { kind } = valuation.outcome
    if (kind !== 'priced' && kind !== 'refused') return
    timer = setTimeout(() => {
      timer = undefined
      if (store.complete) void valuation.ask(store.draft)
    }, pauseMs)
  }

  const typed = () => [store.draft.year, store.draft.mileage, store.draft.power, store.draft.askingPrice]
  const chosen = () => [...FACETS.map((facet) => store.draft[facet]), store.draft.month]
  // What is typed may go on; what is chosen is meant.
  watch(typed, () => follow(PAUSE_MS))
  watch(chosen, () => follow(0))

  /** Who leaves a field has typed to its end. */
  function flush() {
    if (timer !== undefined) follow(0)
  }

  // The car may have been changed on another page since it was priced.
  if (valuation.outcome.kind === 'priced' && JSON.stringify(valuation.asked) !== JSON.stringify(store.draft)) follow(0)

  onBeforeUnmount(() => clearTimeout(timer))

  return { askNow, flush }
}
