import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { emptyOffering, type Offering } from '../lib/offer'
import { recall, remember } from '../lib/storage'

const KEY = 'dealership.offering'

function restore(remembered: Record<string, unknown>): Offering {
  const offering = emptyOffering()
  for (const field of ['ownPrice', 'name', 'email', 'phone', 'note'] as const) {
    const value = remembered[field]
    if (typeof value === 'string') offering[field] = value
  }
  if (remembered.price === 'own') offering.price = 'own'
  offering.consent = remembered.consent === true
  return offering
}

/** An offer that is being made, kept while its tab is open. The car itself is the draft. */
export const useOffering = defineStore('offering', () => {
  const offering = ref<Offering>(restore(recall(KEY, 'tab')))
  /** The code of the offer that was sent just now. */
  const sent = ref<string | null>(null)

  function done(code: string | null) {
    sent.value = code
    Object.assign(offering.value, emptyOffering())
  }

  watch(offering, () => remember(KEY, offering.value, 'tab'), { deep: true })

  return { offering, sent, done }
})
