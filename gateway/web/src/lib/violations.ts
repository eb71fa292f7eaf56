import { wordingOf } from './serverWords'
import type { Trouble } from './trouble'

/** What is wrong with each field, by the API's names of them: the first that was said. */
export function wordingsByField(trouble: Trouble | null): Map<string, string> {
  const found = new Map<string, string>()
  if (trouble?.kind !== 'refused') return found
  for (const error of trouble.problem.errors ?? []) {
    if (!found.has(error.field)) found.set(error.field, wordingOf(error))
  }
  return found
}
