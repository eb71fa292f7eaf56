import { createRouter, createWebHistory } from 'vue-router'

import { messages } from './messages'
import ValuePage from './pages/ValuePage.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: ValuePage, meta: { title: messages.page.title } },
    {
      path: '/:path(.*)*',
      component: () => import('./pages/NotFoundPage.vue'),
      meta: { title: messages.notFound.title },
    },
  ],
})

router.afterEach((to) => {
  document.title = messages.app.documentTitle(String(to.meta.title))
})
