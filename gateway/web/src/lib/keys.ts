/** A key by which the gateway knows a request that is sent again. randomUUID would need an address with https. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The same key as long as the same is sent, so that a second try is no second deed; another one for other words. */
export function keyByContent(): (content: unknown) => string {
  let last = { text: '', key: newKey() }
  return (content) => {
    const text = JSON.stringify(content)
    if (text !== last.text) last = { text, key: newKey() }
    return last.key
  }
}
