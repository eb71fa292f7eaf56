import { defineStore } from 'pinia'
import { ref } from 'vue'

import { api, onAnswer } from '../api/client'

const PAUSE_MS = 15_000

/** Whether the network and the model server are there. */
export const useHealth = defineStore('health', () => {
  const online = ref(navigator.onLine)
  const modelAway = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  window.addEventListener('online', () => {
    online.value = true
    void look()
  })
  window.addEventListener('offline', () => {
    online.value = false
  })
  // A refused price is the first to know; whether it was the model server's doing, readyz says.
  onAnswer(({ status, url }) => {
    if (status === 503 && !url.endsWith('/readyz')) void look()
  })

  async function look() {
    clearTimeout(timer)
    try {
      const { data } = await api.GET('/readyz')
      modelAway.value = data?.model_server.available === false
    } catch {
      // No network: that is told elsewhere.
    }
    if (modelAway.value) timer = setTimeout(() => void look(), PAUSE_MS)
  }

  return { online, modelAway, look }
})
