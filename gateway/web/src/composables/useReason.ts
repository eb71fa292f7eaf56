import { computed, ref, type ComputedRef, type Ref } from 'vue'

import { messages } from '../messages'

interface Reason {
  reason: Ref<string>
  /** What is wrong with it: that there is none, once it was tried, or what the server said. */
  wrong: ComputedRef<string | null>
  clear: () => void
  /** Whether there is one; where there is none, its field has the focus. */
  isGiven: () => boolean
}

/** The reason that is asked for before something is done, in the field of this id. */
export function useReason(id: string, serversWords: () => string | null): Reason {
  const reason = ref('')
  const tried = ref(false)
  const isMissing = computed(() => reason.value.trim() === '')
  const wrong = computed(() => (tried.value && isMissing.value ? messages.rollouts.whyMissing : serversWords()))

  function clear() {
    tried.value = false
    reason.value = ''
  }

  function isGiven() {
    tried.value = true
    if (isMissing.value) document.getElementById(id)?.focus()
    return !isMissing.value
  }

  return { reason, wrong, clear, isGiven }
}
