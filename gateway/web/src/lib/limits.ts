import type { Valuation } from '../api/types'
import { messages } from '../messages'

const NUMBERS = /\d[\d,.]*\d|\d/g

/** Why a price is not sure: the server's sentence, or what the reader's language has for its code. */
export function inOwnWords({ code, message }: Valuation['limits'][number]): string {
  return messages.limitWords[code]?.(message.match(NUMBERS) ?? []) ?? message
}
