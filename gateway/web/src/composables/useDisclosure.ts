import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { useRouter } from 'vue-router'

/**
 * A button that shows and hides what stands after it, within `root`: closed by Escape (which gives the focus back to
 * the button), by a click elsewhere, when the focus leaves, and when another page comes.
 */
export function useDisclosure(root: Ref<HTMLElement | null>, button: Ref<HTMLElement | null>) {
  const open = ref(false)
  const close = () => {
    open.value = false
  }

  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !open.value) return
    close()
    button.value?.focus()
  }
  const onOutside = (event: Event) => {
    if (open.value && !root.value?.contains(event.target as Node)) close()
  }

  onMounted(() => {
    document.addEventListener('keydown', onKey)
    document.addEventListener('pointerdown', onOutside)
    document.addEventListener('focusin', onOutside)
  })
  const leaveRouter = useRouter().afterEach(close)
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', onKey)
    document.removeEventListener('pointerdown', onOutside)
    document.removeEventListener('focusin', onOutside)
    leaveRouter()
  })

  return { open, close, toggle: () => (open.value = !open.value) }
}
