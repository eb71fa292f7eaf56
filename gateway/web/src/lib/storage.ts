/** What the browser remembers, read as unknown: it may be of an older version, or absent. */
export function recall(key: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // No storage (private mode, blocked cookies) or no JSON: start afresh.
    return {}
  }
}

export function remember(key: string, value: object): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Without storage the page works all the same; it only forgets.
  }
}
