import { onBeforeUnmount, watch, type Ref } from 'vue'

import { useSeen } from './useSeen'

const PAUSE_MS = 300

/** Has a part of the page fetch what it shows: once it comes into sight, and again a while after what it is of changed. */
export function useSection(element: Ref<HTMLElement | null>, of: () => unknown, load: () => unknown): void {
  const seen = useSeen(element)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch([seen, () => JSON.stringify(of())], ([isSeen], [wasSeen]) => {
    clearTimeout(timer)
    if (!isSeen) return
    if (wasSeen) timer = setTimeout(load, PAUSE_MS)
    else load()
  })
  onBeforeUnmount(() => clearTimeout(timer))
}
