import { computed, shallowRef, watch, type Ref } from 'vue'

import type { Trouble } from '../lib/trouble'
import { wordingsByField } from '../lib/violations'

/** The server's word on each field of a form, until that field is changed. Fields have the API's names. */
export function useServerWords(trouble: Ref<Trouble | null>, values: () => Record<string, unknown>) {
  const asked = shallowRef<Record<string, unknown>>({})
  watch(trouble, () => (asked.value = { ...values() }), { flush: 'sync' })
  const words = computed(() => wordingsByField(trouble.value))
  return (field: string): string | null => (asked.value[field] === values()[field] ? (words.value.get(field) ?? null) : null)
}
