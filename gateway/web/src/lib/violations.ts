import type { FieldProblem } from '../api/types'
import { messages } from '../messages'
import type { Trouble } from './trouble'

/** What the server said of a field, with the numbers in it, for another language to say it again. */
export interface Said {
  field: string
  message: string
  numbers: readonly string[]
}

const NUMBERS = /\d[\d,.]*\d|\d/g

/** The server's words; in another language its own wording of the field's code, where it has one that fits. */
export function wordingOf({ field, code, message }: FieldProblem): string {
  const word = messages.violations[`${field}.${code}`] ?? messages.violations[code]
  return word?.({ field, message, numbers: message.match(NUMBERS) ?? [] }) ?? message
}

/** What is wrong with each field, by the API's names of them: the first that was said. */
export function wordingsByField(trouble: Trouble | null): Map<string, string> {
  const found = new Map<string, string>()
  if (trouble?.kind !== 'refused') return found
  for (const error of trouble.problem.errors ?? []) {
    if (!found.has(error.field)) found.set(error.field, wordingOf(error))
  }
  return found
}
