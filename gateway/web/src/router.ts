import { nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

import { messages } from './messages'
import ValuePage from './pages/ValuePage.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: ValuePage, meta: { title: messages.page.title } },
    {
      path: '/models/:version',
      name: 'model',
      component: () => import('./pages/ModelPage.vue'),
      props: true,
      meta: { title: messages.card.page },
    },
    {
      path: '/:path(.*)*',
      component: () => import('./pages/NotFoundPage.vue'),
      meta: { title: messages.notFound.title },
    },
  ],
  scrollBehavior(to, from, saved) {
    if (saved) return saved
    if (to.hash) return { el: to.hash, top: 16 }
    return to.path === from.path ? false : { top: 0 }
  },
})

router.afterEach((to, from) => {
  document.title = messages.app.documentTitle(String(to.meta.title))
  const arrived = from.matched.length > 0 && (to.path !== from.path || to.hash !== from.hash)
  // Readers who see no page change hear where they are, and go on from there.
  if (arrived) void nextTick(() => document.querySelector<HTMLElement>(to.hash || 'h1')?.focus({ preventScroll: true }))
})
