/** For good, or for this tab alone: what is of a person is not left on a device that others use too. */
type Where = 'device' | 'tab'

const storageOf = (where: Where) => (where === 'device' ? localStorage : sessionStorage)

/** What the browser remembers, read as unknown: it may be of an older version, or absent. */
export function recall(key: string, where: Where = 'device'): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(storageOf(where).getItem(key) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // No storage (private mode, blocked cookies) or no JSON: start afresh.
    return {}
  }
}

export function remember(key: string, value: object, where: Where = 'device'): void {
  try {
    storageOf(where).setItem(key, JSON.stringify(value))
  } catch {
    // Without storage the page works all the same; it only forgets.
  }
}
