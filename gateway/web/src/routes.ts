import type { RouteRecordRaw } from 'vue-router'

import type { Role } from './api/types'
import { messages } from './messages'
import OfflinePage from './pages/OfflinePage.vue'
import ValuePage from './pages/ValuePage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Of the document, in the reader's language. */
    title: () => string
    /** Who may see it; everybody, if nobody is named. */
    roles: readonly Role[]
  }
}

const ANYONE: readonly Role[] = []
const ACCOUNTS: readonly Role[] = ['customer', 'dealer', 'reviewer', 'admin']
const DEALERS: readonly Role[] = ['dealer', 'admin']
const REVIEWERS: readonly Role[] = ['reviewer', 'admin']
const ADMINS: readonly Role[] = ['admin']

type Page = RouteRecordRaw['component']

const route = (name: string, path: string, roles: readonly Role[], title: () => string, component: Page): RouteRecordRaw =>
  ({ name, path, component, props: true, meta: { title, roles } }) as RouteRecordRaw

/**
 * Every page: its name, address and readers. The gateway answers 200 at these addresses (gateway/web_app.py, PAGES), and
 * each has its states in tests/e2e/states; tests read this file line by line and compare.
 */
export const routes: RouteRecordRaw[] = [
  route('value', '/', ANYONE, () => messages.page.title, ValuePage),
  route('kept', '/valuations/:id', ANYONE, () => messages.kept.title, () => import('./pages/KeptValuationPage.vue')),
  route('sell', '/sell', ANYONE, () => messages.sell.title, () => import('./pages/SellPage.vue')),
  route('offer', '/sell/status/:code?', ANYONE, () => messages.sell.statusTitle, () => import('./pages/OfferPage.vue')),
  route('desk', '/desk', DEALERS, () => messages.desk.title, () => import('./pages/DeskPage.vue')),
  route('car', '/desk/cars/:id', DEALERS, () => messages.desk.carTitle, () => import('./pages/CarPage.vue')),
  route('batch', '/desk/batch', DEALERS, () => messages.desk.batchTitle, () => import('./pages/BatchPage.vue')),
  route('market', '/desk/market', DEALERS, () => messages.listed.title, () => import('./pages/MarketPage.vue')),
  route('reviews', '/reviews', REVIEWERS, () => messages.reviews.title, () => import('./pages/ReviewsPage.vue')),
  route('models', '/models', ANYONE, () => messages.versions.title, () => import('./pages/ModelsPage.vue')),
  route('compare', '/models/compare', ANYONE, () => messages.versions.compareTitle, () => import('./pages/ComparePage.vue')),
  route('model', '/models/:version', ANYONE, () => messages.card.page, () => import('./pages/ModelPage.vue')),
  route('promotions', '/promotions', ANYONE, () => messages.promotions.title, () => import('./pages/PromotionsPage.vue')),
  route('rollouts', '/rollouts', ADMINS, () => messages.rollouts.title, () => import('./pages/RolloutsPage.vue')),
  route('mine', '/account', ACCOUNTS, () => messages.mine.title, () => import('./pages/MinePage.vue')),
  route('profile', '/account/profile', ACCOUNTS, () => messages.profile.title, () => import('./pages/ProfilePage.vue')),
  route('tokens', '/account/tokens', DEALERS, () => messages.tokens.title, () => import('./pages/TokensPage.vue')),
  route('users', '/admin/users', ADMINS, () => messages.users.title, () => import('./pages/UsersPage.vue')),
  route('login', '/login', ANYONE, () => messages.login.title, () => import('./pages/LoginPage.vue')),
  route('register', '/register', ANYONE, () => messages.register.title, () => import('./pages/RegisterPage.vue')),
  route('new-password', '/new-password', ANYONE, () => messages.newPassword.title, () => import('./pages/NewPasswordPage.vue')),
  route('imprint', '/imprint', ANYONE, () => messages.site.imprintTitle, () => import('./pages/ImprintPage.vue')),
  route('privacy', '/privacy', ANYONE, () => messages.site.privacyTitle, () => import('./pages/PrivacyPage.vue')),
  route('forbidden', '/403', ANYONE, () => messages.forbidden.title, () => import('./pages/ForbiddenPage.vue')),
  route('offline', '/offline', ANYONE, () => messages.offline.title, OfflinePage),
  route('missing', '/:path(.*)*', ANYONE, () => messages.notFound.title, () => import('./pages/NotFoundPage.vue')),
]
