/** A whole number as people type it, with any thousands separator; null if it is none. */
export function parseWhole(text: string): number | null {
  const trimmed = text.trim()
  if (!/^(\d+|\d{1,3}([.,'’\s]\d{3})+)$/.test(trimmed)) return null
  return Number(trimmed.replace(/\D/g, ''))
}

/** A number with at most one decimal, after a point or a comma; null if it is none. */
export function parseTenths(text: string): number | null {
  const trimmed = text.trim()
  if (!/^\d+([.,]\d)?$/.test(trimmed)) return null
  return Number(trimmed.replace(',', '.'))
}
