const DAY_MS = 86_400_000
/** A quarter: prices of used cars move by about a per cent a month. */
const OLD_DAYS = 92

/** Whole days from a day, "2021-07-01", to a moment; none for a day that is still to come somewhere. */
export function daysSince(day: string, now: number): number {
  return Math.max(Math.floor((now - Date.parse(day)) / DAY_MS), 0)
}

export const isOld = (day: string, now: number): boolean => daysSince(day, now) > OLD_DAYS

/** Whether listings are there that are so much newer than the market of a version that it should learn from them. */
export const isOvertaken = (marketAsOf: string, newestListing: string | null): boolean =>
  newestListing !== null && daysSince(marketAsOf, Date.parse(newestListing)) > 31
