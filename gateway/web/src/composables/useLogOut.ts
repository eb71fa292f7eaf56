import { useRoute, useRouter } from 'vue-router'

import { messages } from '../messages'
import { useNotices } from '../stores/notices'
import { useSession } from '../stores/session'

/** Logs out, says so, and leaves a page that is not for everybody. */
export function useLogOut() {
  const session = useSession()
  const notices = useNotices()
  const route = useRoute()
  const router = useRouter()

  return async function logOut() {
    const trouble = await session.logOut()
    if (trouble !== null) return notices.tell(messages.problem.failedTitle)
    if (route.meta.roles.length > 0) await router.push({ name: 'value' })
    notices.tell(messages.app.loggedOut)
  }
}
