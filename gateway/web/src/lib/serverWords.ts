import type { FieldProblem, Problem, Valuation } from '../api/types'
import { messages } from '../messages'
import { format } from './format'

type Said = Record<string, number | string> | null | undefined
/** The figures of a sentence by name, in the reader's notation. */
export type Figures = Readonly<Record<string, string>>
/** The sentence of a code; null where its figures do not fit, and the server's own is shown. */
export type Wording = (figures: Figures) => string | null

const DAY = /^\d{4}-\d{2}-\d{2}$/
const MONTH = /^\d{4}-\d{2}$/

function inNotation(value: number | string): string {
  if (typeof value === 'number') return format.tenths(value)
  if (DAY.test(value)) return format.day(value)
  return MONTH.test(value) ? format.registration(value) : value
}

const figuresOf = (said: Said): Figures =>
  Object.fromEntries(Object.entries(said ?? {}).map(([name, value]) => [name, inNotation(value)]))

/*
 * The server speaks English, and in English its words stand as they are. Another language says each again by its code
 * and figures, with the server's sentence where it has none that fits. A test holds the codes of the server against them.
 */

/** What is wrong with a field. */
export function wordingOf({ field, code, message, figures }: FieldProblem): string {
  const word = messages.violations[`${field}.${code}`] ?? messages.violations[code]
  return word?.(figuresOf(figures)) ?? message
}

/** Why a price is not sure. */
export function limitInWords({ code, message, figures }: Valuation['limits'][number]): string {
  return messages.limitWords[code]?.(figuresOf(figures)) ?? message
}

/** Why something is not possible as things stand. */
export function refusalInWords({ code, detail }: Problem): string {
  return (code && messages.refusals[code]) || detail
}
