import { computed, onBeforeUnmount, ref, watch } from 'vue'

import { repeat } from '../lib/repeat'

/** Does something again and again while it is wanted and somebody looks at the page; at once when he comes back to it. */
export function useRepeating(act: () => Promise<unknown>, wanted: () => boolean, pauseMs: number): void {
  const looked = ref(!document.hidden)
  const onChange = () => {
    looked.value = !document.hidden
    if (looked.value && wanted()) void act()
  }
  document.addEventListener('visibilitychange', onChange)

  let stop = () => {}
  const running = computed(() => wanted() && looked.value)
  watch(
    running,
    (is) => {
      stop()
      stop = is ? repeat(act, pauseMs) : () => {}
    },
    { immediate: true },
  )
  onBeforeUnmount(() => {
    stop()
    document.removeEventListener('visibilitychange', onChange)
  })
}
