const COOKIE = '__Host-csrf'

export interface ApiRequest {
  headers: Record<string, string>
}

/** The request of somebody who is logged in proves that it comes from our page: by what the cookie holds. */
export function withCsrfToken<T extends ApiRequest>(request: T, cookies: string): T {
  const found = cookies
    .split('; ')
    .find((cookie) => cookie.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1)
  if (found) request.headers['X-CSRF-Token'] = decodeURIComponent(found)
  return request
}
