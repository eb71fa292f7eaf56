import { messages } from '../messages'
import type { Trouble } from './trouble'
import { wordingOf } from './violations'

/** What was wrong, in a line, where many things are done at once and each has its own answer. */
export function inALine(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'refused':
      return (
        trouble.problem.errors?.map((error) => `${messages.desk.fields[error.field] ?? error.field}: ${wordingOf(error)}`).join(' ') ||
        trouble.problem.detail ||
        messages.problem.refusedTitle
      )
    case 'conflict':
      return trouble.problem.detail || messages.problem.conflictTitle
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
