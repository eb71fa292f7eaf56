import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'

import { routes } from './routes'
import { useHealth } from './stores/health'
import { useSession } from './stores/session'

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior(to, from, saved) {
    if (saved) return saved
    // What a mailed link carries after its # is a secret, and no place on the page.
    if (to.hash && to.name !== 'new-password') return { el: to.hash, top: 16 }
    return to.path === from.path ? false : { top: 0 }
  },
})

/** Where a page goes that this reader may not see: to the login, which leads back to it, or to why not. */
router.beforeEach(async (to) => {
  if (to.meta.roles.length === 0) return true
  const session = useSession()
  await session.load()
  if (session.user === null) return { name: 'login', query: { next: to.fullPath }, replace: true }
  return session.may(...to.meta.roles) || { name: 'forbidden', query: { from: to.fullPath }, replace: true }
})

// A page's code could not be fetched: there is no network, or a newer version is there, whose files are named otherwise.
router.onError((_error, to: RouteLocationNormalized) => {
  if (useHealth().online && sessionStorage.getItem('reloaded') !== to.fullPath) {
    sessionStorage.setItem('reloaded', to.fullPath)
    window.location.assign(to.fullPath)
  } else {
    void router.push({ name: 'offline', query: { next: to.fullPath } })
  }
})

router.afterEach((to, from) => {
  const arrived = from.matched.length > 0 && (to.path !== from.path || to.hash !== from.hash)
  if (!arrived) return
  const target = to.hash && to.name !== 'new-password' ? to.hash : 'h1'
  // Readers who see no page change hear where they are, and go on from there.
  void nextTick(() => document.querySelector<HTMLElement>(target)?.focus({ preventScroll: true }))
})
