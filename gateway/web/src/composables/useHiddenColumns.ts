import { ref, watch, type Ref } from 'vue'

import { recall, remember } from '../lib/storage'

/** Which columns of a table this reader hides, remembered under a key. */
export function useHiddenColumns(key: string, atFirst: readonly string[]): Ref<ReadonlySet<string>> {
  const { hidden: remembered } = recall(key)
  const known = Array.isArray(remembered) ? remembered.filter((each) => typeof each === 'string') : atFirst
  const hidden = ref<ReadonlySet<string>>(new Set(known))
  watch(hidden, () => remember(key, { hidden: [...hidden.value] }))
  return hidden
}
