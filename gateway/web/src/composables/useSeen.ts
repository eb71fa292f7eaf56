import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

/** Whether an element has come near the window: what stands far below is not fetched before. */
export function useSeen(element: Ref<HTMLElement | null>): Ref<boolean> {
  const seen = ref(false)
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      seen.value = true
      observer.disconnect()
    },
    { rootMargin: '300px' },
  )
  onMounted(() => {
    if (element.value) observer.observe(element.value)
  })
  onBeforeUnmount(() => observer.disconnect())
  return seen
}
