import { ref, type Ref } from 'vue'

/** Whether the system asks for dark colours, kept up to date for the life of the page. */
export function usePreferredDark(): Ref<boolean> {
  const query = window.matchMedia('(prefers-color-scheme: dark)')
  const preferred = ref(query.matches)
  query.addEventListener('change', (event) => {
    preferred.value = event.matches
  })
  return preferred
}
