import createClient, { type Middleware } from 'openapi-fetch'

import { CSRF_HEADER, csrfToken } from '../lib/csrf'
import type { paths } from './schema'

/** The gateway that served this page; paths and types come from its OpenAPI document. */
export const api = createClient<paths>()

type Listener = (response: Response) => void
const listeners: Listener[] = []

/** Hear of every answer, whoever asked: that a session has ended, or the model server gone, is told at any of them. */
export function onAnswer(listener: Listener): void {
  listeners.push(listener)
}

const middleware: Middleware = {
  onRequest({ request }) {
    const token = csrfToken(document.cookie)
    if (token !== null && request.method !== 'GET') request.headers.set(CSRF_HEADER, token)
    return request
  },
  onResponse({ response }) {
    for (const listener of listeners) listener(response)
    return undefined
  },
}
api.use(middleware)
