import { onBeforeUnmount, watch } from 'vue'

import { FACETS } from '../lib/choices'
import { parseWhole } from '../lib/numbers'
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

  const typed = () => {
    const { year, mileage, power, askingPrice } = store.draft
    // 60000 that becomes 60,000 once its field is left is no other number.
    return JSON.stringify([year, parseWhole(mileage) ?? mileage, power, parseWhole(askingPrice) ?? askingPrice])
  }
  const chosen = () => JSON.stringify([FACETS.map((facet) => store.draft[facet]), store.draft.month])
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
