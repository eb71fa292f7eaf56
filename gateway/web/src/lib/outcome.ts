import type { Problem, Valuation } from '../api/types'

/** What became of the last request for a price. */
export type Outcome =
  | { kind: 'none' }
  | { kind: 'priced'; valuation: Valuation }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'unavailable'; retryAt: number }
  | { kind: 'offline' }
  | { kind: 'failed'; reference: string | null }

const DEFAULT_WAIT_SECONDS = 5

/** Retry-After as a moment in milliseconds: RFC 9110 allows seconds or a date. */
export function retryMoment(header: string | null, now: number): number {
  const seconds = header?.trim() ? Number(header) : DEFAULT_WAIT_SECONDS
  if (Number.isFinite(seconds)) return now + Math.max(seconds, 0) * 1000
  const date = Date.parse(header ?? '')
  return Number.isNaN(date) ? now + DEFAULT_WAIT_SECONDS * 1000 : Math.max(date, now)
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'title' in body

/** Sorts an answer other than a price; a proxy's page instead of our JSON is a failure like any other. */
export function readRefusal(response: Response, body: unknown, now: number): Outcome {
  if (response.status === 503) return { kind: 'unavailable', retryAt: retryMoment(response.headers.get('Retry-After'), now) }
  const problem = isProblem(body) ? body : null
  if (response.status === 422 && problem) return { kind: 'refused', problem }
  return { kind: 'failed', reference: problem?.request_id ?? null }
}
