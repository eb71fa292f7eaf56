import { onBeforeUnmount, ref, watchEffect } from 'vue'
import { useRoute } from 'vue-router'

import { messages } from '../messages'

/** What a page calls itself where it knows better than its route: the name of the car that it shows. */
const own = ref<string | null>(null)

export function useTitle(title: () => string | null): void {
  watchEffect(() => {
    own.value = title()
  })
  onBeforeUnmount(() => {
    own.value = null
  })
}

/** Keeps the document's title what page and language make of it. */
export function useDocumentTitle(): void {
  const route = useRoute()
  watchEffect(() => {
    const title = own.value ?? route.meta.title?.()
    if (title) document.title = messages.app.documentTitle(title)
  })
}
