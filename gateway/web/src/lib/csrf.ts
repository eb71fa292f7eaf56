const COOKIE = '__Host-csrf'
export const CSRF_HEADER = 'X-CSRF-Token'

/** What the cookie holds that a session's writes must repeat; null while nobody is logged in. */
export function csrfToken(cookies: string): string | null {
  const found = cookies
    .split('; ')
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)
  return found ? decodeURIComponent(found) : null
}

export interface ApiRequest {
  headers: Record<string, string>
}

/** The request of somebody who is logged in proves that it comes from our page: by what the cookie holds. */
export function withCsrfToken<T extends ApiRequest>(request: T, cookies: string): T {
  const token = csrfToken(cookies)
  if (token !== null) request.headers[CSRF_HEADER] = token
  return request
}
