import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { api, onAnswer } from '../api/client'
import type { Role, User } from '../api/types'
import { csrfToken } from '../lib/csrf'
import { readTrouble, type Trouble } from '../lib/trouble'

/** Who is logged in here. */
export const useSession = defineStore('session', () => {
  const user = shallowRef<User | null>(null)
  /** Whoever worked here is not logged in any more, and has not yet been told to do so by going on. */
  const ended = ref(false)
  const role = computed<Role | null>(() => user.value?.role ?? null)
  let loading: Promise<void> | null = null

  onAnswer(({ status, url }) => {
    if (status === 401 && user.value !== null && !url.endsWith('/api/v1/sessions')) ended.value = true
  })

  async function ask() {
    // Without the cookie there is no session to ask for.
    if (csrfToken(document.cookie) === null) return
    try {
      const { data } = await api.GET('/api/v1/sessions')
      user.value = data?.user ?? null
    } catch {
      // No network: nobody is known, and the next page that needs to know asks again.
      loading = null
    }
  }

  /** Once a page load, however many ask. */
  const load = () => (loading ??= ask())

  async function logIn(email: string, password: string): Promise<Trouble | null> {
    try {
      const { data, error, response } = await api.POST('/api/v1/sessions', { body: { email, password } })
      if (!data) return readTrouble(response, error, Date.now())
      user.value = data.user
      ended.value = false
      return null
    } catch {
      return { kind: 'offline' }
    }
  }

  async function logOut(): Promise<Trouble | null> {
    try {
      const { error, response } = await api.DELETE('/api/v1/sessions')
      // Who has no session any more is logged out all the same.
      if (!response.ok && response.status !== 401) return readTrouble(response, error, Date.now())
      forget()
      return null
    } catch {
      return { kind: 'offline' }
    }
  }

  function forget() {
    user.value = null
    ended.value = false
  }

  function keep(changed: User) {
    user.value = changed
  }

  const may = (...roles: readonly Role[]) => role.value !== null && roles.includes(role.value)

  return { user, role, ended, load, logIn, logOut, forget, keep, may }
})
