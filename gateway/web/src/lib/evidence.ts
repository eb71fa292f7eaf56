import type { Review } from '../api/types'

/** Where a price lies against the range that we had named; null where there was none, or no price. */
export function standing(price: number | null, ours: Review['ours']): 'below' | 'inside' | 'above' | null {
  if (price === null || ours?.low_eur == null || ours.high_eur == null) return null
  if (price < ours.low_eur) return 'below'
  return price > ours.high_eur ? 'above' : 'inside'
}

const STEPS = [1, 0.75, 0.5, 0.25]
const OF_A_REPORT = 0.5

/**
 * How much a feedback may be made to weigh, the most first; none where training reads nothing of it, as of an opinion.
 * What nobody in particular said may be anybody's: it never weighs more than is usual for its kind.
 */
export function weightsOf({ kind, price_kind, trust, record }: Pick<Review, 'kind' | 'price_kind' | 'trust' | 'record'>): number[] {
  if (price_kind === null || price_kind === 'opinion') return []
  const most = record === null && kind === 'report' ? OF_A_REPORT : 1
  return [...new Set([...STEPS, trust])].filter((step) => step <= most).sort((a, b) => b - a)
}

export type Command = 'next' | 'previous' | 'accept' | 'reject'
const COMMANDS: Record<string, Command> = { j: 'next', k: 'previous', a: 'accept', r: 'reject' }

/** What a pressed key asks for; nothing while somebody types, or with a key that makes it the browser's. */
export function commandOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>, typing: boolean): Command | null {
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return null
  return COMMANDS[event.key.toLowerCase()] ?? null
}

/** What is looked at once one of the list is gone: what stood below it, or else above it. */
export function neighbour(ids: readonly string[], gone: string): string | null {
  const place = ids.indexOf(gone)
  return ids[place + 1] ?? ids[place - 1] ?? null
}
