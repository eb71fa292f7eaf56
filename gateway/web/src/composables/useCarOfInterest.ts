import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** The make and model whose coefficients are looked at. They stand in the address, so that a link opens on them. */
export function useCarOfInterest() {
  const route = useRoute()
  const router = useRouter()
  const word = (name: 'make' | 'model') => {
    const value = route.query[name]
    return typeof value === 'string' && value ? value : null
  }
  const make = computed(() => word('make'))
  const model = computed(() => (make.value === null ? null : word('model')))

  function choose(newMake: string | null, newModel: string | null) {
    const query = { ...(newMake === null ? {} : { make: newMake }), ...(newModel === null ? {} : { model: newModel }) }
    void router.replace({ query, hash: '' })
  }

  return {
    make,
    model,
    chooseMake: (value: string | null) => choose(value, null),
    chooseModel: (value: string | null) => choose(make.value, value),
  }
}
