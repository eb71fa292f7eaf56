import { computed } from 'vue'

import { messages } from '../messages'
import { useSession } from '../stores/session'

/** The pages that the header leads to, as far as this reader may see them. */
export function useNavigation() {
  const session = useSession()

  const main = computed(() => [
    { name: 'value', label: messages.nav.value },
    { name: 'sell', label: messages.nav.sell },
    { name: 'models', label: messages.nav.models },
    ...(session.may('dealer', 'admin') ? [{ name: 'desk', label: messages.nav.desk }] : []),
    ...(session.may('reviewer', 'admin') ? [{ name: 'reviews', label: messages.nav.reviews }] : []),
  ])

  const account = computed(() => [
    { name: 'mine', label: messages.nav.mine },
    { name: 'profile', label: messages.nav.profile },
    ...(session.may('dealer', 'admin') ? [{ name: 'tokens', label: messages.nav.tokens }] : []),
    ...(session.may('admin')
      ? [
          { name: 'users', label: messages.nav.users },
          { name: 'rollouts', label: messages.nav.rollouts },
        ]
      : []),
  ])

  return { main, account }
}
