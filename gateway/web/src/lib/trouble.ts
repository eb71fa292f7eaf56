import type { Problem } from '../api/types'

/** Why a request brought nothing, sorted by what the reader can do about it. */
export type Trouble =
  | { kind: 'refused'; problem: Problem }
  | { kind: 'unavailable'; retryAt: number }
  | { kind: 'busy'; retryAt: number }
  | { kind: 'attempts'; retryAt: number }
  | { kind: 'unauthorized' }
  | { kind: 'forbidden'; problem: Problem | null }
  | { kind: 'missing'; problem: Problem | null }
  | { kind: 'conflict'; problem: Problem }
  | { kind: 'changed' }
  | { kind: 'offline' }
  | { kind: 'failed'; reference: string | null }

const DEFAULT_WAIT_SECONDS = 5
/** The gateway's titles of a 503 that is the database's or its own, and not the model server's. */
const NOT_THE_MODEL = ['Busy', 'The database is unavailable']

/** Retry-After as a moment in milliseconds: RFC 9110 allows seconds or a date. */
export function retryMoment(header: string | null, now: number): number {
  const seconds = header?.trim() ? Number(header) : DEFAULT_WAIT_SECONDS
  if (Number.isFinite(seconds)) return now + Math.max(seconds, 0) * 1000
  const date = Date.parse(header ?? '')
  return Number.isNaN(date) ? now + DEFAULT_WAIT_SECONDS * 1000 : Math.max(date, now)
}

export const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'title' in body

/** Sorts an answer other than the one asked for; a proxy's page instead of our JSON is a failure like any other. */
export function readTrouble(response: Response, body: unknown, now: number): Trouble {
  const problem = isProblem(body) ? body : null
  const retryAt = retryMoment(response.headers.get('Retry-After'), now)
  switch (response.status) {
    case 401:
      return { kind: 'unauthorized' }
    case 403:
      return { kind: 'forbidden', problem }
    case 404:
      return { kind: 'missing', problem }
    case 412:
      return { kind: 'changed' }
    case 429:
      return { kind: 'attempts', retryAt }
    case 503:
      return { kind: problem && NOT_THE_MODEL.includes(problem.title) ? 'busy' : 'unavailable', retryAt }
  }
  if (problem === null) return { kind: 'failed', reference: null }
  if (response.status === 422) return { kind: 'refused', problem }
  if (response.status >= 400 && response.status < 500) return { kind: 'conflict', problem }
  return { kind: 'failed', reference: problem.request_id }
}
