import { messages } from '../messages'
import { refusalInWords, wordingOf } from './serverWords'
import type { Trouble } from './trouble'

/** What was wrong, in a line, where many things are done at once and each has its own answer. */
export function inALine(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'refused':
      return (
        trouble.problem.errors?.map((error) => `${messages.desk.fields[error.field] ?? error.field}: ${wordingOf(error)}`).join(' ') ||
        refusalInWords(trouble.problem) ||
        messages.problem.refusedTitle
      )
    case 'conflict':
      return refusalInWords(trouble.problem) || messages.problem.conflictTitle
    case 'changed':
      return messages.problem.changedTitle
    case 'missing':
      return messages.problem.missingTitle
    case 'forbidden':
      return messages.problem.forbiddenTitle
    case 'unauthorized':
      return messages.problem.unauthorizedTitle
    case 'attempts':
      return messages.problem.attemptsTitle
    case 'busy':
      return messages.problem.busyTitle
    case 'unavailable':
      return messages.problem.unavailableTitle
    case 'offline':
      return messages.problem.offlineTitle
    default:
      return messages.problem.failedTitle
  }
}
