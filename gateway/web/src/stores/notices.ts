import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

const SHOWN_MS = 6_000

export interface Notice {
  text: string
  /** What can still be done about it, such as to undo it; such a notice stays until it is closed or overtaken. */
  action?: { label: string; run: () => void } | undefined
}

/** The last thing that was done, told at the page's edge and to readers who do not see it. */
export const useNotices = defineStore('notices', () => {
  const notice = shallowRef<Notice | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function tell(text: string, action?: Notice['action']) {
    clearTimeout(timer)
    notice.value = { text, action }
    if (!action) timer = setTimeout(close, SHOWN_MS)
  }

  function close() {
    clearTimeout(timer)
    notice.value = null
  }

  return { notice, tell, close }
})
